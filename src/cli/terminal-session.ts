/** Ties the person's terminal, or standard input and output, to a process in a container. */

import type { ClientStream } from '../common/wire/open-stream.ts';
import { StreamError } from '../common/wire/stream.ts';
import type { Io } from './io.ts';

export type SessionFlags = { readonly stdin: boolean; readonly tty: boolean };

/**
 * Passes bytes both ways until the process has ended; resolves with the stream's result. With a terminal every key goes to
 * the process, Ctrl-C too, and its size follows the window; the terminal is as it was afterwards. Throws StreamError.
 */
export async function terminalSession(io: Io, stream: ClientStream, { stdin, tty }: SessionFlags): Promise<unknown> {
  const done = new AbortController();
  const terminal = tty ? io.terminal : undefined;
  const restore = stdin ? terminal?.raw() : undefined;
  // A stream that ends is told by who reads it.
  const quietly = (sent: Promise<void>): void => void sent.catch(() => {});
  const unwatch = terminal?.onResize(() => quietly(stream.say(terminal.size())));
  try {
    if (terminal !== undefined) quietly(stream.say(terminal.size()));
    if (stdin) quietly(feed(io, stream, done.signal));
    else stream.finish();
    for await (const piece of stream.receive()) {
      if (piece.channel !== 'word') await (piece.channel === 'out' ? io.stdout : io.stderr).write(piece.bytes);
    }
    return await stream.result;
  } finally {
    done.abort();
    unwatch?.();
    restore?.();
  }
}

async function feed(io: Io, stream: ClientStream, signal: AbortSignal): Promise<void> {
  try {
    for await (const bytes of io.stdin(signal)) await stream.write(bytes);
    stream.finish();
  } catch (error) {
    // Whoever reads the stream hears of its end; input that cannot be read ends here.
    if (!(error instanceof StreamError)) stream.close();
    throw error;
  }
}
