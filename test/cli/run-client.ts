/** Runs the client in-process, with its output kept and files in a temporary folder. */

import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCode } from '../../src/cli/errors.ts';
import type { Io } from '../../src/cli/io.ts';
import { runWith } from '../../src/cli/main.ts';
import { nodeFiles } from '../../src/cli/node-files.ts';
import { realClock } from '../../src/common/actor/clock.ts';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };
export type Client = {
  run(args: readonly string[], input?: string | Uint8Array, env?: Record<string, string>): Promise<Ran>;
  /** Starts a verb that goes on until it is interrupted. */
  start(args: readonly string[]): Running;
  /** Writes a file and gives its path. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  /** The world that the verbs see, with these variables. */
  io(env?: Record<string, string>): Io;
  readonly dir: string;
  remove(): Promise<void>;
};

export type Running = {
  /** Resolves when standard output matches; rejects with it when the verb ends before, or after 20 s. */
  said(pattern: RegExp): Promise<void>;
  /** Ends it as Ctrl-C does. */
  interrupt(): Promise<Ran>;
};

export const codes = exitCode;

export async function createClient(server = 'nats://127.0.0.1:1'): Promise<Client> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-cli-'));
  const nowhere = { isTTY: false, write: async () => {} };
  const world = (env: Record<string, string> = {}): Io => ({
    stdout: nowhere,
    stderr: nowhere,
    env: { BRAMBLE_CONFIG: join(dir, 'config.yaml'), BRAMBLE_SERVER: server, BRAMBLE_RUN_DIR: dir, ...env },
    clock: realClock,
    files: nodeFiles,
    readStdin: async () => new Uint8Array(),
    stdin: async function* () {},
    terminal: undefined,
    stop: new AbortController().signal,
  });
  const start = (args: readonly string[], input: string | Uint8Array = '', env: Record<string, string> = {}) => {
    const out: string[] = [];
    const err: string[] = [];
    const changed = new EventEmitter();
    const sink = (parts: string[]) => ({
      isTTY: false,
      write: async (data: string | Uint8Array) => {
        parts.push(typeof data === 'string' ? data : Buffer.from(data).toString());
        changed.emit('text');
      },
    });
    const stop = new AbortController();
    const io: Io = {
      ...world(env),
      stdout: sink(out),
      stderr: sink(err),
      readStdin: async () => (typeof input === 'string' ? new TextEncoder().encode(input) : input),
      stdin: async function* () {
        yield Buffer.from(input);
      },
      stop: stop.signal,
    };
    const output = (): string => out.join('');
    const ended = runWith(io, args).then((code): Ran => ({ code, stdout: output(), stderr: err.join('') }));
    return { ended, output, changed, stop };
  };
  return {
    dir,
    async file(name, content) {
      await writeFile(join(dir, name), content);
      return join(dir, name);
    },
    io: world,
    run: (args, input, env) => start(args, input, env).ended,
    start(args) {
      const { ended, output, changed, stop } = start(args);
      return {
        async said(pattern) {
          const limit = AbortSignal.timeout(20_000);
          const over = Promise.race([ended, once(limit, 'abort')]).then(() => Promise.reject(new Error(output())));
          over.catch(() => {});
          while (!pattern.test(output())) await Promise.race([once(changed, 'text'), over]);
        },
        interrupt: async () => {
          stop.abort('interrupt');
          return await ended;
        },
      };
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
