/** Runs the master's work while this process holds the lock, and ends all of it when the lock is lost. */

import type { Address, Behavior } from '../../common/actor/types.ts';
import type { LeaderLock } from '../ports.ts';
import type { Start } from './cluster.ts';

export type LeaderMessage =
  | { readonly type: 'won'; readonly lost: Promise<void> }
  | { readonly type: 'lost' }
  | { readonly type: 'failed'; readonly error: unknown };

/** `work` starts what only a leader may run. */
export function leaderBehavior(lock: LeaderLock, work: (start: Start) => Address): Behavior<LeaderMessage> {
  return (self) => {
    let running: Address | undefined;
    const contend = (): void =>
      self.pipe(
        (signal) => lock.acquire(signal),
        ({ lost }) => ({ type: 'won', lost }),
        (error) => ({ type: 'failed', error }),
      );
    contend();
    return {
      on: {
        won: ({ lost }) => {
          self.log.info({}, 'leading');
          running = work((name, behavior, options) => self.spawn(name, behavior, options));
          self.pipe(
            () => lost,
            () => ({ type: 'lost' }),
            (error) => ({ type: 'failed', error }),
          );
        },
        lost: async () => {
          self.log.warn({}, 'the lock is lost: no longer leading');
          if (running !== undefined) await self.stop(running);
          running = undefined;
          contend();
        },
        failed: ({ error }) => {
          throw error;
        },
      },
      stopped: () => lock.release(),
    };
  };
}
