/** Reads a tar archive (ustar, with the long names of pax and GNU) as it comes, and keeps its small files. */

import { type ByteReader, byteReader } from './byte-reader.ts';

export class TarError extends Error {
  override readonly name = 'TarError';
}

export type TarContents = {
  /** Paths of the regular files; without a leading `./`. */
  readonly paths: ReadonlySet<string>;
  /** The bytes of those that are at most `keep` bytes long. */
  readonly small: ReadonlyMap<string, Buffer>;
  /** Of the whole archive in bytes. */
  readonly length: number;
};

const BLOCK = 512;
/** Of all small files together. */
const MOST_KEPT = 64 * 1024 * 1024;
const MOST_FILES = 100_000;
const LONGEST_NAME = 64 * 1024;

/** Reads to the end of the archive. Throws TarError for what is none, or is cut off. */
export async function readTar(chunks: AsyncIterable<Uint8Array>, keep: number): Promise<TarContents> {
  const input = byteReader(chunks);
  const paths = new Set<string>();
  const small = new Map<string, Buffer>();
  let kept = 0;
  for await (const { path, content } of files(input, keep)) {
    paths.add(path);
    if (content !== undefined) small.set(path, Buffer.from(content));
    kept += content?.length ?? 0;
    if (paths.size > MOST_FILES) throw new TarError(`it has more than ${MOST_FILES} files`);
    if (kept > MOST_KEPT) throw new TarError('it has too many small files for an archive of images');
  }
  await input.drain();
  return { paths, small, length: input.length };
}

/** The regular files, with the content of those that are small. */
async function* files(
  input: ByteReader,
  keep: number,
): AsyncGenerator<{ readonly path: string; readonly content: Buffer | undefined }> {
  let longName: string | undefined;
  for (let header = await next(input, tooShort); header !== undefined; header = await next(input, cutOff)) {
    const { path, size, type } = header;
    if (type === 'x' || type === 'L') {
      if (size > LONGEST_NAME) throw new TarError(`it has a name of more than ${LONGEST_NAME} bytes`);
      const record = await body(input, size);
      longName = type === 'L' ? textOf(record) : (paxPath(record) ?? longName);
      continue;
    }
    const small = size <= keep;
    if (!small && !(await input.skip(padded(size)))) throw cutOff();
    const content = small ? await body(input, size) : undefined;
    if (type === '0' || type === '\0') yield { path: (longName ?? path).replace(/^\.\//, ''), content };
    longName = undefined;
  }
}

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;
export const cutOff = () => new TarError('it is cut off: save or copy it again');
const tooShort = () => new TarError('it is too short for a tar archive');
const textOf = (bytes: Buffer) => bytes.toString('utf8').replace(/\0.*$/s, '');

async function body(input: ByteReader, size: number): Promise<Buffer> {
  const bytes = await input.take(padded(size));
  if (bytes === undefined) throw cutOff();
  return bytes.subarray(0, size);
}

/** Undefined at the archive's end: a block of zeros. `ended`: what is thrown where the input ends. */
async function next(input: ByteReader, ended: () => TarError): Promise<ReturnType<typeof entryOf> | undefined> {
  const header = await input.take(BLOCK);
  if (header === undefined) throw ended();
  return header.every((byte) => byte === 0) ? undefined : entryOf(header);
}

function entryOf(header: Buffer): { readonly path: string; readonly size: number; readonly type: string } {
  const text = (at: number, length: number) => header.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (Number.parseInt(text(148, 8).trim(), 8) !== sum) throw new TarError('it is no tar archive, or is damaged');
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  const path = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  return { path, size: sizeOf(header), type: header.toString('latin1', 156, 157) };
}

/** Octal digits; larger sizes in base 256, marked by the first bit. */
function sizeOf(header: Buffer): number {
  if ((header[124] ?? 0) & 0x80) return Number(header.readBigUInt64BE(128));
  const size = Number.parseInt(header.toString('latin1', 124, 136).replace(/\0.*$/s, '').trim() || '0', 8);
  if (!Number.isSafeInteger(size)) throw new TarError('it is damaged: an entry has no size');
  return size;
}

/** `path` of a pax header: records `<length> <key>=<value>\n`. */
function paxPath(content: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content.toString('utf8'))?.[1];
}
