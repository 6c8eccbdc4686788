/** Archives of images for tests: a busybox that is unlike that of the device, for any architecture, by docker or OCI. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type TarEntry, tar } from '../../src/agent/io/containerd/tar.ts';

type Wanted = {
  /** No name: the archive gives it none. */
  readonly tag?: string;
  /** As images name it; default that of this machine. */
  readonly architecture?: string;
  /** Makes the image another one; also how many bytes more it has. */
  readonly padding?: number;
  /** The program of the layer; default a busybox. */
  readonly program?: Uint8Array;
};

const here = process.arch === 'x64' ? 'amd64' : process.arch;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const file = (path: string, content: Buffer): TarEntry => ({ kind: 'file', path, mode: 0o755, content });
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function layerAndConfig({ architecture = here, padding = 1, program }: Wanted) {
  const busybox = program === undefined ? readFileSync('/bin/busybox') : Buffer.from(program);
  const links = ['sh', 'sleep'].map(
    (name): TarEntry => ({ kind: 'link', path: `bin/${name}`, mode: 0o777, target: 'busybox' }),
  );
  const layer = tar([
    { kind: 'directory', path: 'bin/', mode: 0o755 },
    file('bin/busybox', busybox),
    ...links,
    file('padding', Buffer.alloc(padding, `${padding} `)),
  ]);
  const config = json({
    architecture,
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  });
  return { layer, config };
}

/** As `docker save` writes it. */
export function dockerArchive(wanted: Wanted): Buffer {
  const { layer, config } = layerAndConfig(wanted);
  const [layerName, configName] = [`${sha256(layer)}.tar`, `${sha256(config)}.json`];
  const RepoTags = wanted.tag === undefined ? null : [wanted.tag];
  return tar([
    file('manifest.json', json([{ Config: configName, RepoTags, Layers: [layerName] }])),
    file(configName, config),
    file(layerName, layer),
  ]);
}

/** An OCI layout with one index over several architectures. */
export function ociArchive(architectures: readonly string[], tag?: string): Buffer {
  const blobs = new Map<string, Buffer>();
  const blob = (content: Buffer, mediaType: string) => {
    const digest = sha256(content);
    blobs.set(`blobs/sha256/${digest}`, content);
    return { mediaType, digest: `sha256:${digest}`, size: content.length };
  };
  const type = (name: string) => `application/vnd.oci.image.${name}`;
  const manifests = architectures.map((architecture) => {
    const { layer, config } = layerAndConfig({ architecture });
    const manifest = {
      schemaVersion: 2,
      mediaType: type('manifest.v1+json'),
      config: blob(config, type('config.v1+json')),
      layers: [blob(gzipSync(layer), type('layer.v1.tar+gzip'))],
    };
    return { ...blob(json(manifest), type('manifest.v1+json')), platform: { os: 'linux', architecture } };
  });
  const index = blob(json({ schemaVersion: 2, mediaType: type('index.v1+json'), manifests }), type('index.v1+json'));
  const annotations = tag === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': tag } };
  return tar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json({ schemaVersion: 2, manifests: [{ ...index, ...annotations }] })),
    ...[...blobs].map(([path, content]) => file(path, content)),
  ]);
}
