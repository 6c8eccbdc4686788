/** Keeps the store in order while this master leads: the namespaces that must exist, and deletions that are forgotten after a day. */

import type { Behavior, Millis } from '../../common/actor/types.ts';

export type StoreKeeperMessage =
  | { readonly type: 'compact' }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: unknown };

type Deps = {
  /** Drops what is remembered of deletions older than a day; writes nothing when there are none. */
  readonly store: { compact(): Promise<number> };
  /** Creates what every cluster has. */
  readonly prepare: () => Promise<void>;
};

const period: Millis = 3_600_000;

export function storeKeeper({ store, prepare }: Deps): Behavior<StoreKeeperMessage> {
  return (self) => {
    const work = (job: () => Promise<unknown>): void =>
      self.pipe(
        job,
        () => ({ type: 'done' }),
        (error) => ({ type: 'failed', error }),
      );
    work(prepare);
    self.every(period, { type: 'compact' });
    return {
      on: {
        compact: () => work(() => store.compact()),
        done: () => {},
        // The supervisor starts it anew, later and later.
        failed: ({ error }) => {
          throw error;
        },
      },
    };
  };
}
