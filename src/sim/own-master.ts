/** A master with its own nats-server for a simulation, in a folder that goes with it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../common/actor/pause.ts';
import type { Clock, Millis } from '../common/actor/types.ts';
import { freePort } from '../common/process/free-port.ts';
import { masterFlags } from '../common/process/node-flags.ts';
import { UserError } from '../common/process/program.ts';
import { ApiError } from '../common/wire/api-errors.ts';
import { withApi } from './with-api.ts';

export type OwnMaster = {
  readonly url: string;
  /** Where its data and that of nats-server lies. */
  readonly dir: string;
  stop(): Promise<void>;
  /** Rejects with UserError when it ends before `stop`. */
  readonly failed: Promise<never>;
};

const READY_WITHIN = 30_000;

/** `program`: how Node is called to run `bramble`. Rejects with UserError when the master does not come up. */
export async function startOwnMaster(
  program: readonly string[],
  { natsBinary, logLevel, clock }: { readonly natsBinary: string; readonly logLevel: string; readonly clock: Clock },
): Promise<OwnMaster> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-sim-'));
  const args = [
    `--data-dir=${join(dir, 'data')}`,
    `--run-dir=${join(dir, 'run')}`,
    `--nats-port=${await freePort()}`,
    `--nats-binary=${natsBinary}`,
    `--log-level=${logLevel}`,
  ];
  const child = spawn(process.execPath, [...masterFlags, ...program, 'master', ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Ctrl-C reaches the whole group of the terminal: the master is needed until the pods are counted.
    detached: true,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BRAMBLE_'))),
  });
  let stopping = false;
  const failed = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => {
      if (!stopping) reject(new UserError(`the master of the simulation ended before it (${signal ?? code})`));
    });
  });
  failed.catch(() => {});
  const stop = async (): Promise<void> => {
    stopping = true;
    await ended(child, clock);
    await rm(dir, { recursive: true, force: true });
  };
  const address = join(dir, 'run', 'server');
  const limit = clock.now() + READY_WITHIN;
  while (!existsSync(address)) {
    if (child.exitCode !== null || child.signalCode !== null || clock.now() > limit) {
      await stop();
      throw new UserError('the master of the simulation did not start; its log says why');
    }
    await pause(clock, 50);
  }
  const url = (await readFile(address, 'utf8')).trim();
  try {
    await untilAnswered(url, clock, limit);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, dir, stop, failed };
}

/** The server is there before the master answers on it. */
async function untilAnswered(url: string, clock: Clock, limit: Millis): Promise<void> {
  for (;;) {
    try {
      await withApi(url, (api) => api.version());
      return;
    } catch (error) {
      const early = error instanceof UserError && error.cause instanceof ApiError && error.cause.code === 'no-master';
      if (!early || clock.now() >= limit) throw error;
      await pause(clock, 50);
    }
  }
}

async function ended(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const cancel = clock.timer(20_000, () => child.kill('SIGKILL'));
  await exit;
  cancel();
}
