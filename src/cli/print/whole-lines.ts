/** Output of one of several that write at the same time: in whole lines, each with a prefix. */

import type { Sink } from '../io.ts';

const NEWLINE = 10;
/** A line that is longer is written in pieces. */
const longest = 64 * 1024;

export function wholeLines(
  sink: Pick<Sink, 'write'>,
  prefix: string,
): { write(data: string | Uint8Array): Promise<void>; end(): Promise<void> } {
  let rest: Uint8Array = new Uint8Array();
  const line = (bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(prefix), bytes]);
  return {
    async write(data) {
      const bytes = Buffer.concat([rest, Buffer.from(data)]);
      const lines: Uint8Array[] = [];
      let at = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
        lines.push(line(bytes.subarray(at, end + 1)));
        at = end + 1;
      }
      rest = bytes.subarray(at);
      if (rest.length > longest) {
        lines.push(line(rest));
        rest = new Uint8Array();
      }
      if (lines.length > 0) await sink.write(Buffer.concat(lines));
    },
    async end() {
      if (rest.length > 0) await sink.write(Buffer.concat([line(rest), Buffer.of(NEWLINE)]));
    },
  };
}
