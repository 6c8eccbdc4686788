/** Writes tar archives (POSIX ustar) in memory: regular files, directories and symbolic links, all owned by root. */

export type TarEntry = {
  /** At most 100 bytes. */
  readonly path: string;
  readonly mode: number;
} & (
  | { readonly kind: 'file'; readonly content: Buffer }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
);

const BLOCK = 512;
const TYPE_FLAG = { file: '0', directory: '5', link: '2' } as const;

/** The archive's bytes. The same entries give the same bytes: times are zero. Throws RangeError on a path too long. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.kind === 'file' ? entry.content : Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (text: string, at: number, width: number): void => {
    if (Buffer.byteLength(text) > width) throw new RangeError(`too long for a tar header: ${text}`);
    block.write(text, at);
  };
  const octal = (value: number, at: number, width: number) =>
    put(value.toString(8).padStart(width - 1, '0'), at, width - 1);
  put(entry.path, 0, 100);
  octal(entry.mode, 100, 8);
  octal(0, 108, 8); // owner
  octal(0, 116, 8); // group
  octal(size, 124, 12);
  octal(0, 136, 12); // time
  put(TYPE_FLAG[entry.kind], 156, 1);
  if (entry.kind === 'link') put(entry.target, 157, 100);
  put('ustar\u000000', 257, 8);
  // The checksum counts its own field as spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 8);
  return block;
}
