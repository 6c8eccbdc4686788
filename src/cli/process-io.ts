/** The real Io: this process's streams, environment, signals and files. */

import { once } from 'node:events';
import { mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { realClock } from '../common/actor/clock.ts';
import { type Files, FileTooLarge, type Io, type Sink, type StopReason } from './io.ts';

/** Opens the process's Io; `release` gives the signal handlers back, after which Ctrl-C ends the process at once. */
export function processIo(): { readonly io: Io; release(): void } {
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
      files,
      readStdin: (limit) => collect(process.stdin, '<stdin>', limit),
      stop: stop.signal,
    },
    release: () => {
      process.off('SIGINT', onInterrupt);
    },
  };
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

async function collect(chunks: AsyncIterable<Uint8Array>, path: string, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of chunks) {
    size += part.length;
    if (size > limit) throw new FileTooLarge(path, limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const files: Files = {
  async read(path, limit) {
    const file = await open(path, 'r');
    try {
      return await collect(file.createReadStream({ autoClose: false }), path, limit);
    } finally {
      await file.close();
    }
  },
  async isDirectory(path) {
    const handle = await open(path, 'r');
    try {
      return (await handle.stat()).isDirectory();
    } finally {
      await handle.close();
    }
  },
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  async write(path, text) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.tmp`;
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  },
};
