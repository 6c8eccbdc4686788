/** Numbers in few bytes: whole ones, as differences that are mostly small. The sign and six bits in the first byte, seven in those after it, the lowest first; the highest bit says that more follow. */

export type ByteWriter = {
  /** A whole number of less than 2^53, of either sign. */
  write(value: number): void;
  /** A copy of what was written; the writer begins anew. */
  take(): Uint8Array;
};

const FIRST = 4096;
/** What a number takes at most. */
const LONGEST = 10;

export function createByteWriter(): ByteWriter {
  let bytes = new Uint8Array(FIRST);
  let length = 0;
  return {
    write(value) {
      if (length + LONGEST > bytes.length) {
        const larger = new Uint8Array(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      }
      let rest = Math.abs(value);
      let byte = (rest % 64) + (value < 0 ? 64 : 0);
      for (rest = Math.floor(rest / 64); rest > 0; rest = Math.floor(rest / 128)) {
        bytes[length] = byte + 128;
        length += 1;
        byte = rest % 128;
      }
      bytes[length] = byte;
      length += 1;
    },
    take() {
      const taken = bytes.slice(0, length);
      length = 0;
      return taken;
    },
  };
}

/** Reads what a writer wrote, number by number. */
export function byteReader(bytes: Uint8Array): () => number {
  let at = 0;
  const nextByte = (): number => {
    const byte = bytes[at] ?? 0;
    at += 1;
    return byte;
  };
  return () => {
    let byte = nextByte();
    const negative = byte % 128 >= 64;
    let value = byte % 64;
    for (let weight = 64; byte >= 128; weight *= 128) {
      byte = nextByte();
      value += (byte % 128) * weight;
    }
    return negative ? -value : value;
  };
}
