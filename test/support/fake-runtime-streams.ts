/** The runtime's streams in memory: a test plays the process, or what listens in the pod. */

import { PassThrough } from 'node:stream';
import type {
  ForwardStreams,
  ProcessEnd,
  ProcessStreams,
  RuntimeStreams,
  TerminalSize,
} from '../../src/agent/ports/runtime-streams.ts';
import { RuntimeStreamsError } from '../../src/agent/ports/runtime-streams.ts';

/** The other side of one connection. */
export class FakeSession {
  readonly url: string;
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly sizes: TerminalSize[] = [];
  closed = false;
  #end = (_end: ProcessEnd): void => {};
  readonly ended = new Promise<ProcessEnd>((resolve) => {
    this.#end = resolve;
  });

  constructor(url: string) {
    this.url = url;
    // Whoever reads them hears of it.
    for (const stream of [this.stdout, this.stderr]) stream.on('error', () => {});
  }

  /** The process ends, or with `error` the runtime has something to say. */
  exit(end: ProcessEnd): void {
    this.stdout.end();
    this.stderr.end();
    this.#end(end);
  }

  close(): void {
    this.closed = true;
    const error = new RuntimeStreamsError('broken', 'the connection was closed');
    for (const stream of [this.stdout, this.stderr]) if (!stream.writableEnded) stream.destroy(error);
  }
}

export class FakeRuntimeStreams implements RuntimeStreams {
  readonly sessions: FakeSession[] = [];
  failing: RuntimeStreamsError | undefined;

  async process(url: string, { stdin, tty }: { stdin: boolean; tty: boolean }): Promise<ProcessStreams> {
    const session = this.#open(url);
    return {
      stdin: stdin ? writer(session.stdin) : undefined,
      stdout: session.stdout,
      stderr: tty ? undefined : session.stderr,
      end: session.ended,
      resize: (size) => void session.sizes.push(size),
      close: () => session.close(),
    };
  }

  async forward(url: string): Promise<ForwardStreams> {
    const session = this.#open(url);
    const error = session.ended.then((end) => ('error' in end ? end.error : ''));
    return { to: writer(session.stdin), from: session.stdout, error, close: () => session.close() };
  }

  #open(url: string): FakeSession {
    if (this.failing !== undefined) throw this.failing;
    const session = new FakeSession(url);
    this.sessions.push(session);
    return session;
  }
}

function writer(to: PassThrough): { write(bytes: Uint8Array): Promise<void>; end(): void } {
  return { write: async (bytes) => void to.write(bytes), end: () => void to.end() };
}
