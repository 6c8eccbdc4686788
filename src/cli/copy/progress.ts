/** Says on a terminal how far a copy has come. */

import type { Clock, Millis } from '../../common/actor/types.ts';
import type { Sink } from '../io.ts';

const EVERY: Millis = 200;
const MIB = 1024 * 1024;

/** Passes the pieces on, and says how much it was on a line of its own, if `sink` is a terminal. */
export async function* withProgress(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  { sink, clock }: { readonly sink: Sink; readonly clock: Clock },
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!sink.isTTY) return yield* pieces;
  const begin = clock.now();
  let said = begin;
  let bytes = 0;
  const say = async (): Promise<void> => {
    const seconds = Math.max(0.001, (clock.now() - begin) / 1000);
    const rate = (bytes / MIB / seconds).toFixed(1);
    await sink.write(`\r\u001b[K${name}: ${(bytes / MIB).toFixed(1)} MiB, ${rate} MiB/s`);
  };
  try {
    for await (const piece of pieces) {
      yield piece;
      bytes += piece.length;
      if (clock.now() - said < EVERY) continue;
      said = clock.now();
      await say();
    }
  } finally {
    await say();
    await sink.write('\n');
  }
}
