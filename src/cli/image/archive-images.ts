/** What images an archive holds, from its own index: docker's manifest.json or OCI's index.json. */

import * as z from 'zod';
import type { TarContents } from './read-tar.ts';

export type ArchiveImages = {
  readonly format: 'docker' | 'oci';
  /** How many images, each of them perhaps for several platforms. */
  readonly count: number;
  /** As the archive writes them; an image may have none. */
  readonly names: readonly string[];
  /** As `linux/arm64`: those whose content is in the archive. */
  readonly platforms: readonly string[];
};

export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

const dockerManifest = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).nullish(),
  }),
);
const platform = z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() });
const descriptor = z.object({
  digest: z.string(),
  platform: platform.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const ociIndex = z.object({ manifests: z.array(descriptor) });
const ociManifest = z.object({ config: z.object({ digest: z.string() }) });
const configBlob = z.object({
  os: z.string().default('linux'),
  architecture: z.string(),
  variant: z.string().optional(),
});

/** As containerd looks at it: an OCI layout goes before docker's manifest. Throws ArchiveError. */
export function imagesIn(tar: TarContents): ArchiveImages {
  if (tar.paths.has('oci-layout') && tar.paths.has('index.json')) return ociImages(tar);
  if (tar.paths.has('manifest.json')) return dockerImages(tar);
  throw new ArchiveError(
    'it is a tar archive without images: it has neither manifest.json (docker save) nor oci-layout and index.json (OCI)',
  );
}

function dockerImages(tar: TarContents): ArchiveImages {
  const images = jsonOf(tar, 'manifest.json', dockerManifest);
  for (const path of images.flatMap(({ Config, Layers }) => [Config, ...(Layers ?? [])])) {
    if (!tar.paths.has(path) && !linked(path)) throw new ArchiveError(`it is incomplete: ${path} is not in it`);
  }
  const configs = images.map(({ Config }) => jsonOf(tar, Config, configBlob));
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  return { format: 'docker', count: images.length, names: unique(names), platforms: unique(configs.map(platformText)) };
}

/** Old versions of docker write a layer that another image has too as a symbolic link. */
const linked = (path: string) => path.endsWith('/layer.tar');

function ociImages(tar: TarContents): ArchiveImages {
  const { manifests } = jsonOf(tar, 'index.json', ociIndex);
  const images = manifests.filter((one) => !isAttestation(one));
  if (images.length === 0) throw new ArchiveError('its index.json names no image');
  const names = images.flatMap(({ annotations }) => nameIn(annotations ?? {}));
  const platforms = images.flatMap((one) => platformsOf(tar, one, 0));
  return { format: 'oci', count: images.length, names: unique(names), platforms: unique(platforms) };
}

/** A reference that is only a tag names nothing. */
function nameIn(annotations: Readonly<Record<string, string>>): readonly string[] {
  const full = annotations['io.containerd.image.name'];
  const reference = annotations['org.opencontainers.image.ref.name'] ?? '';
  if (full !== undefined) return [full];
  return /[/:]/.test(reference) ? [reference] : [];
}

type Descriptor = z.infer<typeof descriptor>;

const isAttestation = ({ platform: of, annotations }: Descriptor) =>
  of?.architecture === 'unknown' || annotations?.['vnd.docker.reference.type'] !== undefined;

function platformsOf(tar: TarContents, { digest, platform: told }: Descriptor, depth: number): readonly string[] {
  const path = blobPath(digest);
  if (!tar.small.has(path)) return [];
  const nested = ociIndex.safeParse(parsed(tar, path));
  if (nested.success && depth < 3) {
    return nested.data.manifests
      .filter((one) => !isAttestation(one))
      .flatMap((one) => platformsOf(tar, one, depth + 1));
  }
  if (told !== undefined) return [platformText(told)];
  const { config } = jsonOf(tar, path, ociManifest);
  const known = configBlob.safeParse(parsed(tar, blobPath(config.digest)));
  return known.success ? [platformText(known.data)] : [];
}

const blobPath = (digest: string) => `blobs/${digest.replace(':', '/')}`;

function platformText({ os, architecture, variant }: z.infer<typeof platform>): string {
  return [os, architecture, ...(variant === undefined || variant === '' ? [] : [variant])].join('/');
}

function jsonOf<T>(tar: TarContents, path: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parsed(tar, path));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ArchiveError(`its ${path} is not what it should be: ${issue?.path.join('.')}: ${issue?.message}`);
}

function parsed(tar: TarContents, path: string): unknown {
  const bytes = tar.small.get(path);
  if (bytes === undefined) throw new ArchiveError(`it is incomplete: ${path} is not in it, or is too large`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ArchiveError(`its ${path} is no JSON`, { cause: error });
  }
}

const unique = (texts: readonly string[]) => [...new Set(texts)];
