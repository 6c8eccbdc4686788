/** Looks through an archive before any of it is sent: whether it is one, what is in it, and its digest. */

import { createHash } from 'node:crypto';
import { PassThrough, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { usageError } from '../errors.ts';
import type { ReadableFile } from '../io.ts';
import { ArchiveError, type ArchiveImages, imagesIn } from './archive-images.ts';
import { cutOff, readTar, TarError } from './read-tar.ts';

/** `unpacked`: how many bytes it has without its compression. */
export type Archive = ArchiveImages & { readonly digest: string; readonly size: number; readonly unpacked: number };

const PART = 1024 * 1024;
/** Indexes, manifests and configurations are smaller. */
const SMALL = 4 * 1024 * 1024;

/** How other compressions begin, with what to do about each. */
const compressions: readonly (readonly [magic: string, name: string, advice: string])[] = [
  ['28b52ffd', 'zstd', 'zstd -d'],
  ['fd377a585a', 'xz', 'xz -d'],
  ['425a68', 'bzip2', 'bunzip2'],
];

/** Reads the whole file once. Throws CliError for what is no archive of images. */
export async function inspectArchive(path: string, file: ReadableFile): Promise<Archive> {
  const start = Buffer.from(await file.read(0, 8)).toString('hex');
  const other = compressions.find(([magic]) => start.startsWith(magic));
  if (other !== undefined) {
    const [, name, advice] = other;
    throw usageError(
      `${path}: it is compressed with ${name}; only gzip and uncompressed archives are taken: ${advice} first`,
    );
  }
  const hash = createHash('sha256');
  const bytes = hashing(file, hash);
  try {
    const tar = await readTar(start.startsWith('1f8b') ? gunzipped(bytes) : bytes, SMALL);
    const images = imagesIn(tar);
    return { ...images, digest: `sha256:${hash.digest('hex')}`, size: file.size, unpacked: tar.length };
  } catch (error) {
    const found = isZlibError(error) && error.code === 'Z_BUF_ERROR' ? cutOff() : error;
    const told = found instanceof TarError || found instanceof ArchiveError || isZlibError(found);
    throw told ? usageError(`${path}: ${found.message}`) : error;
  }
}

async function* hashing(file: ReadableFile, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; ) {
    const part = await file.read(at, PART);
    if (part.length === 0) return;
    hash.update(part);
    at += part.length;
    yield part;
  }
}

/** What fails on the way fails the reader. */
function gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const out = new PassThrough();
  pipeline(bytes, createGunzip(), out, (error) => {
    if (error) out.destroy(error);
  });
  return out;
}

const isZlibError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
