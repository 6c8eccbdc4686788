/**
 * Lists what the runtime has: the truth about all pods. The runtime's events, where it has them, only say when to look;
 * without them the list is read each second while there are pods.
 */

import type { Behavior, Millis, Ref } from '../../common/actor/types.ts';
import type { RuntimeContainer, Sandbox } from '../core/runtime-model.ts';
import { type Cri, CriError } from '../ports.ts';

/** Everything the runtime had at some time after `at`. */
export type Listing = {
  readonly at: Millis;
  readonly sandboxes: readonly Sandbox[];
  readonly containers: readonly RuntimeContainer[];
};
export type RelistMessage =
  | { readonly type: 'now' }
  /** How many pods there are to watch. */
  | { readonly type: 'pods'; readonly count: number }
  | { readonly type: 'listed'; readonly listing: Listing }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'watch' }
  | { readonly type: 'watching' }
  | { readonly type: 'unwatched'; readonly error: unknown };

export type RelistPeriods = { readonly busy: Millis; readonly idle: Millis };
export const relistPeriods: RelistPeriods = { busy: 1000, idle: 10_000 };
const WATCH_AGAIN: Millis = 10_000;

export function relist(
  cri: Pick<Cri, 'listSandboxes' | 'listContainers' | 'events'>,
  listener: Pick<Ref<{ readonly type: 'listing'; readonly listing: Listing }>, 'tell'>,
  periods: RelistPeriods,
): Behavior<RelistMessage> {
  return (self) => {
    let listing = false;
    let again = false;
    let pods = 0;
    let events = false;
    let reachable = true;

    function list(): void {
      again = listing;
      if (listing) return;
      listing = true;
      const at = self.clock.now();
      self.pipe(
        async () => {
          const [sandboxes, containers] = await Promise.all([cri.listSandboxes(), cri.listContainers()]);
          return { at, sandboxes, containers };
        },
        (value) => ({ type: 'listed', listing: value }),
        (error) => ({ type: 'failed', error }),
      );
    }
    function rest(): void {
      listing = false;
      if (again) list();
      else self.after(pods > 0 && !events ? periods.busy : periods.idle, { type: 'now' }, 'period');
    }
    function watch(): void {
      self.pipe(
        async (signal) => {
          for await (const _ of cri.events(signal)) self.ref.tell({ type: 'watching' });
        },
        () => ({ type: 'unwatched', error: undefined }),
        (error) => ({ type: 'unwatched', error }),
      );
    }

    list();
    watch();
    return {
      on: {
        now: list,
        watch,
        pods({ count }) {
          const first = pods === 0 && count > 0;
          pods = count;
          if (first && !listing) rest();
        },
        listed(found) {
          if (!reachable) self.log.info({}, 'the container runtime answers again');
          reachable = true;
          listener.tell({ type: 'listing', listing: found.listing });
          rest();
        },
        failed({ error }) {
          if (!(error instanceof CriError)) throw error;
          if (reachable) self.log.warn({ error }, 'the container runtime can not be listed');
          reachable = false;
          rest();
        },
        watching() {
          events = true;
          self.after(20, { type: 'now' }, 'period');
        },
        unwatched({ error }) {
          events = false;
          if (error !== undefined && !(error instanceof CriError)) throw error;
          if (error?.code !== 'unsupported') self.after(WATCH_AGAIN, { type: 'watch' }, 'watch');
        },
      },
    };
  };
}
