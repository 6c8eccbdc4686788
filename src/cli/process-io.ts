/** The real Io: this process's streams, environment, signals and files. */

import { once } from 'node:events';
import { addAbortSignal, type Readable, type Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { realClock } from '../common/actor/clock.ts';
import type { Io, Sink, StopReason, Terminal } from './io.ts';
import { collect, nodeFiles } from './node-files.ts';

/** Opens the process's Io; `release` writes out what is buffered and gives the signal handler back. */
export function processIo(): { readonly io: Io; release(): Promise<void> } {
  const stop = new AbortController();
  const abort = (reason: StopReason): void => stop.abort(reason);
  // A second Ctrl-C does not wait for anything.
  const onInterrupt = (): void => (stop.signal.aborted ? process.exit(130) : abort('interrupt'));
  const onTerminate = (): void => (stop.signal.aborted ? process.exit(143) : abort('terminate'));
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('SIGHUP', onTerminate);
  return {
    io: {
      stdout: sink(process.stdout, abort, stop.signal),
      stderr: sink(process.stderr, abort, stop.signal),
      env: process.env,
      clock: realClock,
      files: nodeFiles,
      readStdin: (limit) => collect(process.stdin, '<stdin>', limit),
      stdin: (signal) => pieces(process.stdin, signal),
      terminal: process.stdin.isTTY && process.stdout.isTTY ? terminal(process.stdin, process.stdout) : undefined,
      stop: stop.signal,
    },
    release: async () => {
      await Promise.all([process.stdout, process.stderr].map(flushed));
      process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('SIGHUP', onTerminate);
    },
  };
}

async function* pieces(stream: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of addAbortSignal(signal, stream)) yield chunk;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Node itself gives a terminal back at the end of the process, however that ends. */
function terminal(input: ReadStream, output: WriteStream): Terminal {
  return {
    raw: () => {
      input.setRawMode(true);
      return () => void input.setRawMode(false);
    },
    // A terminal that nobody looks at, such as that of script(1) in a job, has no size.
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    onResize: (listener) => {
      output.on('resize', listener);
      return () => void output.off('resize', listener);
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
