/**
 * Writes tar archives piece by piece (POSIX ustar; GNU's extra headers for long names and large files, which GNU tar,
 * busybox and bsdtar all read).
 */

export type TarHeader = {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file; 0 for the others. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Of a symlink. */
  readonly target?: string;
};

const BLOCK = 512;
const NAME = 100;
const TYPE = { file: '0', directory: '5', symlink: '2', longName: 'L', longTarget: 'K' } as const;

/** The blocks that stand before a member's content. Its content follows, then `tarPadding` of its size. */
export function tarHeader(header: TarHeader): Uint8Array {
  const path = header.kind === 'directory' ? `${header.path.replace(/\/+$/, '')}/` : header.path;
  const target = header.target ?? '';
  return Buffer.concat([
    ...longText('longName', path),
    ...longText('longTarget', target),
    block({ ...header, path: Buffer.from(path), target: Buffer.from(target), type: TYPE[header.kind] }),
  ]);
}

/** Zeros up to the next block. */
export function tarPadding(size: number): Uint8Array {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** What ends an archive. */
export function tarEnd(): Uint8Array {
  return Buffer.alloc(2 * BLOCK);
}

/** GNU's header for a text that has no room in the member's own, which holds its start. */
function longText(kind: 'longName' | 'longTarget', text: string): readonly Uint8Array[] {
  const content = Buffer.from(`${text}\0`);
  if (content.length - 1 <= NAME) return [];
  const fixed = { mode: 0, uid: 0, gid: 0, mtime: 0, target: Buffer.alloc(0), type: TYPE[kind] };
  const path = Buffer.from('././@LongLink');
  return [block({ ...fixed, path, size: content.length }), content, tarPadding(content.length)];
}

type Block = Omit<TarHeader, 'path' | 'target' | 'kind'> & {
  readonly path: Buffer;
  readonly target: Buffer;
  readonly type: string;
};

function block({ path, target, mode, uid, gid, size, mtime, type }: Block): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  path.copy(bytes, 0, 0, Math.min(NAME, path.length));
  number(bytes, mode & 0o7777, 100, 8);
  number(bytes, uid, 108, 8);
  number(bytes, gid, 116, 8);
  number(bytes, size, 124, 12);
  number(bytes, Math.max(0, Math.floor(mtime)), 136, 12);
  bytes.write(type, 156);
  target.copy(bytes, 157, 0, Math.min(NAME, target.length));
  bytes.write('ustar\u000000', 257);
  // The checksum counts its own field as spaces.
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return bytes;
}

/** Octal where it fits, else GNU's base 256. */
function number(bytes: Buffer, value: number, at: number, width: number): void {
  const octal = value.toString(8);
  if (octal.length < width) {
    bytes.write(octal.padStart(width - 1, '0'), at);
    return;
  }
  let rest = BigInt(value);
  for (let index = at + width - 1; index > at; index -= 1) {
    bytes[index] = Number(rest & 255n);
    rest >>= 8n;
  }
  bytes[at] = 0x80;
}
