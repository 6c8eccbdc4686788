/**
 * Images made on the device from its own static busybox, as docker archives (`docker save`'s format), so that a cluster
 * starts without a registry: a small userland, and the pause image of pod sandboxes.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { arch } from 'node:process';
import { goArch } from '../host/platform.ts';
import { run } from '../run.ts';
import { type TarEntry, tar } from './tar.ts';

export type ArchiveOptions = {
  /** The image's name, as `bramble.local/busybox:1`. */
  readonly tag: string;
  /** A statically linked busybox. Default /bin/busybox. */
  readonly busybox?: string;
};
type ImageConfig = {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly StopSignal?: string;
};

export class ImageArchiveError extends Error {
  override readonly name = 'ImageArchiveError';
}

const BUSYBOX = '/bin/busybox';
/** Sleeps for ever, reaps orphans of a shared PID namespace (wait does), and ends at once on SIGTERM. */
const PAUSE = 'trap "exit 0" TERM; sleep infinity & wait';

/** Writes an image with busybox and links for all of its applets. Rejects with ImageArchiveError without a static busybox. */
export async function buildBusyboxArchive(path: string, options: ArchiveOptions): Promise<void> {
  const busybox = options.busybox ?? BUSYBOX;
  const binary = await staticBinary(busybox);
  const applets = (await run(busybox, ['--list'])).split('\n').filter((name) => /^[\w.[-]+$/.test(name));
  const links = applets.filter((name) => name !== 'busybox').map((name) => link(`bin/${name}`, 'busybox'));
  const layer = [
    ...['bin', 'etc', 'home', 'proc', 'root', 'sys', 'dev', 'var'].map((name) => directory(name, 0o755)),
    directory('tmp', 0o1777),
    file('bin/busybox', 0o755, binary),
    ...links,
    file(
      'etc/passwd',
      0o644,
      Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n'),
    ),
    file('etc/group', 0o644, Buffer.from('root:x:0:\nnogroup:x:65534:\n')),
  ];
  await writeFile(path, dockerArchive(options.tag, layer, { Cmd: ['/bin/sh'] }));
}

/** Writes the image of the process that holds a pod's namespaces. Rejects with ImageArchiveError without a static busybox. */
export async function buildPauseArchive(path: string, options: ArchiveOptions): Promise<void> {
  const binary = await staticBinary(options.busybox ?? BUSYBOX);
  const layer = [directory('bin', 0o755), file('bin/busybox', 0o755, binary), link('bin/sleep', 'busybox')];
  await writeFile(path, dockerArchive(options.tag, layer, { Entrypoint: ['/bin/busybox', 'sh', '-c', PAUSE] }));
}

function dockerArchive(tag: string, entries: readonly TarEntry[], config: ImageConfig): Buffer {
  const layer = tar(entries);
  const description = Buffer.from(
    JSON.stringify({
      architecture: goArch(arch),
      os: 'linux',
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...config },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    }),
  );
  const [layerName, configName] = [`${sha256(layer)}.tar`, `${sha256(description)}.json`];
  const manifest = [{ Config: configName, RepoTags: [tag], Layers: [layerName] }];
  return tar([
    file('manifest.json', 0o644, Buffer.from(JSON.stringify(manifest))),
    file(configName, 0o644, description),
    file(layerName, 0o644, layer),
  ]);
}

async function staticBinary(path: string): Promise<Buffer> {
  const advice = 'install the package busybox-static';
  const binary = await readFile(path).catch((error: unknown) => {
    throw new ImageArchiveError(`${path} cannot be read (${String(error)}): ${advice}`, { cause: error });
  });
  if (needsInterpreter(binary)) throw new ImageArchiveError(`${path} is not statically linked: ${advice}`);
  return binary;
}

/** Whether an ELF file has a PT_INTERP program header, as every dynamically linked program has (elf(5)). */
function needsInterpreter(elf: Buffer): boolean {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46) return true;
  const wide = elf[4] === 2;
  const start = wide ? Number(elf.readBigUInt64LE(32)) : elf.readUInt32LE(28);
  const size = elf.readUInt16LE(wide ? 54 : 42);
  const count = elf.readUInt16LE(wide ? 56 : 44);
  const types = Array.from({ length: count }, (_, index) => elf.readUInt32LE(start + index * size));
  return types.includes(3);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
function file(path: string, mode: number, content: Buffer): TarEntry {
  return { kind: 'file', path, mode, content };
}
function directory(path: string, mode: number): TarEntry {
  return { kind: 'directory', path: `${path}/`, mode };
}
function link(path: string, target: string): TarEntry {
  return { kind: 'link', path, mode: 0o777, target };
}
