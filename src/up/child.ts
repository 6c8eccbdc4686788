/**
 * One process of the one-machine cluster: restarted with backoff until it is stopped, never left behind. The channel
 * to it closes with this process, however that ends, and the child then stops too.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock, Logger } from '../common/actor/types.ts';
import { ownEnvironment } from './programs.ts';

/** A supervised process. */
export interface Child {
  /** SIGTERM, then SIGKILL after `graceMillis`; resolves when it is gone. */
  stop(graceMillis: number): Promise<void>;
  /** Settles with the code of a process that refused its settings (exit code 2): restarting would not help. */
  readonly refused: Promise<number>;
}

const firstDelay = 500;
const maxDelay = 10_000;
/** A process that ran this long starts again at once and with the first delay. */
const goodRun = 60_000;

/** Starts `node args` and keeps it running. Its output goes where this process's goes. */
export function keepRunning(
  name: string,
  args: readonly string[],
  deps: { readonly clock: Clock; readonly log: Logger },
): Child {
  let stopping = false;
  let current: ChildProcess | undefined;
  let cancelRestart = (): void => {};
  let delay = firstDelay;
  let refuse: (code: number) => void = () => {};
  const refused = new Promise<number>((resolve) => {
    refuse = resolve;
  });

  const start = (): void => {
    const startedAt = deps.clock.now();
    const child = spawn(process.execPath, [...args], {
      env: ownEnvironment(process.env),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    current = child;
    child.on('error', (error) =>
      deps.log.error({ process: name, error: error.message }, 'process could not be started'),
    );
    child.on('exit', (code, signal) => {
      current = undefined;
      if (stopping) return;
      if (code === 2) return refuse(code);
      if (deps.clock.now() - startedAt > goodRun) delay = firstDelay;
      deps.log.warn({ process: name, code, signal, restartMillis: delay }, 'process ended; it is started again');
      cancelRestart = deps.clock.timer(delay, start);
      delay = Math.min(delay * 2, maxDelay);
    });
  };
  start();
  return {
    refused,
    async stop(graceMillis) {
      stopping = true;
      cancelRestart();
      const child = current;
      if (child === undefined) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const cancelKill = deps.clock.timer(graceMillis, () => child.kill('SIGKILL'));
      await exited;
      cancelKill();
    },
  };
}
