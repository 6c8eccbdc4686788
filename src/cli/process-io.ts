/** The real Io: this process's streams, environment, signals and files. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { realClock } from '../common/actor/clock.ts';
import type { Io, Sink, StopReason } from './io.ts';
import { collect, nodeFiles } from './node-files.ts';

/** Opens the process's Io; `release` writes out what is buffered and gives the signal handler back. */
export function processIo(): { readonly io: Io; release(): Promise<void> } {
  const stop = new AbortController();
  const abort = (reason: StopReason): void => stop.abort(reason);
  // A second Ctrl-C does not wait for anything.
  const onInterrupt = (): void => (stop.signal.aborted ? process.exit(130) : abort('interrupt'));
  process.on('SIGINT', onInterrupt);
  return {
    io: {
      stdout: sink(process.stdout, abort, stop.signal),
      stderr: sink(process.stderr, abort, stop.signal),
      env: process.env,
      clock: realClock,
      files: nodeFiles,
      readStdin: (limit) => collect(process.stdin, '<stdin>', limit),
      stop: stop.signal,
    },
    release: async () => {
      await Promise.all([process.stdout, process.stderr].map(flushed));
      process.off('SIGINT', onInterrupt);
    },
  };
}

/** Resolves when the reader has what was written, or is gone. */
async function flushed(stream: Writable): Promise<void> {
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

function sink(stream: Writable & { isTTY?: boolean }, abort: (reason: StopReason) => void, stop: AbortSignal): Sink {
  let broken = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    broken = true;
    abort('pipe');
  });
  return {
    isTTY: stream.isTTY === true,
    async write(data) {
      if (broken || stream.write(data)) return;
      // Rejects when the stop signal comes first; then nobody waits for this output any more.
      await once(stream, 'drain', { signal: stop }).catch(() => undefined);
    },
  };
}
