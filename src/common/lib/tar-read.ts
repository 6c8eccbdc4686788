/** Reads tar archives piece by piece: ustar, GNU's long names and large numbers, pax' path, linkpath and size. */

export type TarMember = {
  /** As the archive says it: nothing about it is safe. */
  readonly path: string;
  /** `other`: what is neither file, directory nor link (a device, a pipe). */
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  readonly mode: number;
  readonly size: number;
  readonly target: string;
  /** The bytes of a file. What is not taken before the next member is asked for is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
};

/** The bytes are no tar archive, or it ends in its middle. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

const BLOCK = 512;
/** Longest extra header that is read: names have at most 4096 bytes. */
const LONGEST = 1024 * 1024;
const KINDS: Readonly<Record<string, TarMember['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

/** The members in order. Throws TarError; bytes after the end are read and passed over, as the writer waits for that. */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember, void, undefined> {
  const input = new Input(chunks);
  let extra: Extra = {};
  for (;;) {
    const header = await input.block();
    if (header === undefined) throw new TarError('the archive ends in its middle');
    if (header.every((byte) => byte === 0)) break;
    const own = parse(header);
    if ('xgLK'.includes(own.type)) {
      extra = { ...extra, ...extraOf(own.type, await input.text(own.size)) };
      continue;
    }
    const size = extra.size ?? own.size;
    const kind = KINDS[own.type] ?? 'other';
    const left = { bytes: kind === 'file' || kind === 'other' ? size : 0 };
    const { path, target } = { ...own, ...extra };
    yield { path, kind, mode: own.mode, size, target, content: input.take(left) };
    for await (const _passed of input.take(left));
    await input.pad(kind === 'file' || kind === 'other' ? size : 0);
    extra = {};
  }
  await input.drain();
}

type Extra = { readonly path?: string; readonly target?: string; readonly size?: number };

function parse(header: Buffer) {
  const sum = octal(header, 148, 8);
  const counted = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== counted) throw new TarError('this is no tar archive');
  const name = text(header, 0, 100);
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header, 345, 155) : '';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    mode: octal(header, 100, 8) & 0o7777,
    size: octal(header, 124, 12),
    type: header.toString('latin1', 156, 157),
    target: text(header, 157, 100),
  };
}

/** What an extra header says of the member after it. A pax record is `<length> <key>=<value>\n`. */
function extraOf(type: string, content: Buffer): Extra {
  if (type === 'L') return { path: text(content, 0, content.length) };
  if (type === 'K') return { target: text(content, 0, content.length) };
  const found: { path?: string; target?: string; size?: number } = {};
  for (let at = 0; at < content.length && type === 'x'; ) {
    const space = content.indexOf(' ', at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) throw new TarError('a header of the archive cannot be read');
    const record = content.toString('utf8', space + 1, at + length - 1);
    const [key] = record.split('=', 1);
    const value = record.slice((key?.length ?? 0) + 1);
    if (key === 'path') found.path = value;
    if (key === 'linkpath') found.target = value;
    if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
}

function text(bytes: Buffer, at: number, width: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, end < 0 || end > at + width ? at + width : end);
}

/** Octal, or GNU's base 256. */
function octal(bytes: Buffer, at: number, width: number): number {
  if (((bytes[at] ?? 0) & 0x80) !== 0) {
    let value = 0;
    for (let index = at + 1; index < at + width; index += 1) value = value * 256 + (bytes[index] ?? 0);
    return value;
  }
  const digits = bytes
    .toString('latin1', at, at + width)
    .replace(/[\0 ]+$/, '')
    .trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the input. */
  async block(): Promise<Buffer | undefined> {
    while (this.#rest.length < BLOCK) if (!(await this.#more())) return undefined;
    const block = this.#rest.subarray(0, BLOCK);
    this.#rest = this.#rest.subarray(BLOCK);
    return block;
  }

  async *take(left: { bytes: number }): AsyncGenerator<Uint8Array, void, undefined> {
    while (left.bytes > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) throw new TarError('the archive ends in its middle');
      const piece = this.#rest.subarray(0, left.bytes);
      this.#rest = this.#rest.subarray(piece.length);
      left.bytes -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  async text(size: number): Promise<Buffer> {
    if (size > LONGEST) throw new TarError(`a header of ${size} bytes`);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.take({ bytes: size })) pieces.push(piece);
    await this.pad(size);
    return Buffer.concat(pieces);
  }

  async pad(size: number): Promise<void> {
    for await (const _zeros of this.take({ bytes: (BLOCK - (size % BLOCK)) % BLOCK }));
  }

  async drain(): Promise<void> {
    while (await this.#more()) this.#rest = Buffer.alloc(0);
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done === true) return false;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    return true;
  }
}
