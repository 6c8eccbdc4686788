/** Runs the client in-process, with its output kept and files in a temporary folder. */

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
  /** Writes a file and gives its path. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  readonly dir: string;
  remove(): Promise<void>;
};

export const codes = exitCode;

export async function createClient(server = 'nats://127.0.0.1:1'): Promise<Client> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-cli-'));
  return {
    dir,
    async file(name, content) {
      await writeFile(join(dir, name), content);
      return join(dir, name);
    },
    async run(args, input = '', env = {}) {
      const out: string[] = [];
      const err: string[] = [];
      const sink = (parts: string[]) => ({
        isTTY: false,
        write: async (data: string | Uint8Array) =>
          void parts.push(typeof data === 'string' ? data : Buffer.from(data).toString()),
      });
      const io: Io = {
        stdout: sink(out),
        stderr: sink(err),
        env: { BRAMBLE_CONFIG: join(dir, 'config.yaml'), BRAMBLE_SERVER: server, ...env },
        clock: realClock,
        files: nodeFiles,
        readStdin: async () => (typeof input === 'string' ? new TextEncoder().encode(input) : input),
        stop: new AbortController().signal,
      };
      const code = await runWith(io, args);
      return { code, stdout: out.join(''), stderr: err.join('') };
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
