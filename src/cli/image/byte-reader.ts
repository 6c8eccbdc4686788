/** Takes exact numbers of bytes from a stream of chunks. */

export type ByteReader = ReturnType<typeof byteReader>;

export function byteReader(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let length = 0;
  const more = async (): Promise<boolean> => {
    const { value, done } = await source.next();
    if (done === true) return false;
    length += value.length;
    rest = rest.length === 0 ? Buffer.from(value) : Buffer.concat([rest, value]);
    return true;
  };
  return {
    /** How many bytes have come. */
    get length() {
      return length;
    },
    /** Undefined when the input ends before. */
    async take(length: number): Promise<Buffer | undefined> {
      while (rest.length < length) if (!(await more())) return undefined;
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    async skip(length: number): Promise<boolean> {
      let left = length;
      while (rest.length < left) {
        left -= rest.length;
        rest = Buffer.alloc(0);
        if (!(await more())) return left === 0;
      }
      rest = rest.subarray(left);
      return true;
    },
    /** So that whoever looks at all of the input sees its end. */
    async drain(): Promise<void> {
      do rest = Buffer.alloc(0);
      while (await more());
    },
  };
}
