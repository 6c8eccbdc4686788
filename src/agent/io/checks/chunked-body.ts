/** Decodes the body of an HTTP answer that comes in chunks, as it comes. */

/** What came is no HTTP, or ended too early. */
export class HttpResponseError extends Error {
  override readonly name = 'HttpResponseError';
}

/** Of a line with a chunk's size and extensions. */
const LONGEST_LINE = 1024;

export class ChunkedBody {
  readonly #longest: number;
  readonly #parts: Buffer[] = [];
  #length = 0;
  #ended = false;
  /** Bytes of the chunk that are still to come; undefined before its size is known. */
  #left: number | undefined;

  /** Of the body the first `longest` bytes are kept. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** It is complete, or as long as it may be. */
  get done(): boolean {
    return this.#ended || this.#length >= this.#longest;
  }

  body(): Buffer {
    return Buffer.concat(this.#parts).subarray(0, this.#longest);
  }

  /** Takes what it can of the bytes, and gives back the rest, which is to be given again with more. */
  take(bytes: Buffer): Buffer {
    let at = 0;
    while (!this.done) {
      if (this.#left) {
        const part = bytes.subarray(at, at + this.#left);
        if (part.length === 0) break;
        this.#parts.push(part);
        this.#length += part.length;
        this.#left -= part.length;
        at += part.length;
        continue;
      }
      const end = bytes.indexOf('\n', at);
      if (end === -1) break;
      // After a chunk its line ends, and then comes the size of the next.
      if (this.#left === 0) this.#left = undefined;
      else this.#begin(bytes.toString('latin1', at, Math.min(end, at + LONGEST_LINE)));
      at = end + 1;
    }
    if (bytes.length - at > LONGEST_LINE && !this.done) throw new HttpResponseError('malformed chunked encoding');
    return bytes.subarray(at);
  }

  #begin(line: string): void {
    const size = /^\s*([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(line.trimEnd())?.[1];
    if (size === undefined) throw new HttpResponseError('malformed chunked encoding');
    this.#left = Number.parseInt(size, 16);
    this.#ended = this.#left === 0;
  }
}
