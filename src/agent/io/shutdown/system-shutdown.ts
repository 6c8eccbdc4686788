/** How the end of the system is noticed: by logind where it runs, else by SIGTERM while systemd says that it is stopping. */

import { existsSync } from 'node:fs';
import { realClock } from '../../../common/actor/clock.ts';
import type { Logger, Millis } from '../../../common/actor/types.ts';
import type { SystemShutdown } from '../../ports/system-shutdown.ts';
import { RunError, run } from '../run.ts';
import { type Logind, watchLogind } from './logind.ts';

export type ShutdownOptions = {
  readonly log: Logger;
  /** Most seconds that pods get; 0: pods are not ended. */
  readonly seconds: number;
  /** Logind has this folder. */
  readonly logindDir?: string;
};
export type AgentShutdown = SystemShutdown & {
  /**
   * To be awaited when the agent is told to end: a restart of the agent resolves at once, and pods run on; when the system goes
   * down it resolves once the pods have ended. Answers whether the system goes down.
   */
  beforeExit(): Promise<boolean>;
};

/** What the pods' end may take beyond their time. */
const MARGIN: Millis = 5_000;

export function createSystemShutdown({
  log,
  seconds,
  logindDir = '/run/systemd/seats',
}: ShutdownOptions): AgentShutdown {
  let tell: (goingDown: boolean) => void = () => {};
  let logind: Logind | undefined;
  let goingDown = false;
  let done: () => void = () => {};
  let ended = new Promise<void>((resolve) => {
    done = resolve;
  });

  function hear(now: boolean): void {
    if (now === goingDown) return;
    goingDown = now;
    if (!now) {
      ended = new Promise<void>((resolve) => {
        done = resolve;
      });
    }
    tell(now);
  }

  return {
    watch(listener) {
      tell = listener;
      if (goingDown) tell(true);
      if (seconds > 0 && logind === undefined && existsSync(logindDir))
        logind = watchLogind(hear, { clock: realClock, log });
    },
    ready() {
      done();
      logind?.release();
    },
    async beforeExit() {
      const stopping = goingDown || (await isStopping());
      if (stopping && seconds > 0) {
        hear(true);
        const limit = new Promise<void>((resolve) => void realClock.timer(seconds * 1000 + MARGIN, resolve));
        await Promise.race([ended, limit]);
      }
      logind?.close();
      return stopping;
    },
  };
}

/** Only systemd tells; where it is not, an agent that is told to end leaves its pods running. */
async function isStopping(): Promise<boolean> {
  try {
    return (await run('systemctl', ['show', '--property=SystemState', '--value'])).trim() === 'stopping';
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return false;
  }
}
