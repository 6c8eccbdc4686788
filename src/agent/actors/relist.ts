/**
 * Lists what the runtime has: the truth about all pods. The runtime's events, where it has them, only say when to look;
 * without them containers are listed each second while there are pods. As long as no container changed, sandboxes are listed
 * only now and then, and nobody is told: without events a sandbox that is lost under living containers is noticed that much later.
 */

import type { Asks, Behavior, Millis, Ref } from '../../common/actor/types.ts';
import type { RuntimeContainer, Sandbox } from '../core/runtime-model.ts';
import { type Cri, CriError } from '../ports/cri.ts';

/** Everything the runtime had at some time after `at`. */
export type Listing = {
  readonly at: Millis;
  readonly sandboxes: readonly Sandbox[];
  readonly containers: readonly RuntimeContainer[];
};
export type RelistMessage =
  /** Somebody doubts what it knows: list all, in a moment, so that the list is younger than the doubt. */
  | { readonly type: 'doubted' }
  | { readonly type: 'whole' }
  /** Answered when a list of all that began later has been told, or when the runtime did not give one. */
  | ({ readonly type: 'anew' } & Asks<undefined>)
  | { readonly type: 'period' }
  /** How many pods there are to watch. */
  | { readonly type: 'pods'; readonly count: number }
  | { readonly type: 'listed'; readonly listing: Listing | undefined }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'watch' }
  /** The runtime has told of the end of a process. */
  | { readonly type: 'watching' }
  /** The runtime has not refused to tell. */
  | { readonly type: 'watched' }
  | { readonly type: 'unwatched'; readonly error: unknown };

/** Between listings: where only they tell what happens, and without pods or with events. */
export type RelistPeriods = { readonly busy: Millis; readonly idle: Millis };
export const relistPeriods: RelistPeriods = { busy: 1000, idle: 10_000 };
/** A runtime that has not refused to tell for so long tells. */
const WATCHED: Millis = 5_000;
const WATCH_AGAIN: Millis = 10_000;
const MOMENT: Millis = 5;
/**
 * After the end of a process the runtime takes a moment to list its container as ended; containers are listed after the first of
 * these pauses, and again after the others; all is after the second: the end may have been a sandbox's.
 */
const AFTER_END: readonly Millis[] = [30, 120, 480];
/** All is listed at least this often. */
const WHOLE: Millis = 10_000;

export function relist(
  cri: Pick<Cri, 'listSandboxes' | 'listContainers' | 'events'>,
  listener: Pick<Ref<{ readonly type: 'listing'; readonly listing: Listing }>, 'tell'>,
  periods: RelistPeriods,
): Behavior<RelistMessage> {
  return (self) => {
    let listing = false;
    let again = false;
    let pods = 0;
    let watching = false;
    let events = false;
    /** Pauses that are left after the last end that was told. */
    let pauses: readonly Millis[] = [];
    let reachable = true;
    let last: Listing | undefined;
    /** Who waits for the list that comes, and who for one that begins later. */
    let [served, waiting]: [readonly (() => void)[], readonly (() => void)[]] = [[], []];

    function list(whole: boolean): void {
      again ||= listing && whole;
      if (listing) return;
      listing = true;
      [served, waiting] = [waiting, []];
      const at = self.clock.now();
      const before = whole || (last !== undefined && at - last.at >= WHOLE) ? undefined : last;
      self.pipe(
        async () => {
          const containers = await cri.listContainers();
          if (before !== undefined && fingerprint(before.containers) === fingerprint(containers)) return undefined;
          return { at, containers, sandboxes: await cri.listSandboxes() };
        },
        (found) => ({ type: 'listed', listing: found }),
        (error) => ({ type: 'failed', error }),
      );
    }
    function rest(): void {
      listing = false;
      for (const reply of served) reply();
      served = [];
      const [next, ...later] = pauses;
      const pause = again ? 0 : (next ?? period());
      if (!again) pauses = later;
      self.after(pause, again || later.length === 1 ? { type: 'whole' } : { type: 'period' }, 'period');
      again = false;
    }
    function period(): Millis {
      // Pods wait for a runtime that is on its way.
      if (!reachable) return periods.busy;
      if (pods === 0 || events) return periods.idle;
      return periods.busy;
    }
    function watch(): void {
      if (watching) return;
      watching = true;
      self.after(WATCHED, { type: 'watched' }, 'watched');
      self.pipe(
        async (signal) => {
          // What else happens is the agent's own doing.
          for await (const { type } of cri.events(signal)) if (type === 'stopped') self.ref.tell({ type: 'watching' });
        },
        () => ({ type: 'unwatched', error: undefined }),
        (error) => ({ type: 'unwatched', error }),
      );
    }

    list(true);
    watch();
    return {
      on: {
        doubted: () => self.after(MOMENT, { type: 'whole' }, 'whole'),
        whole: () => list(true),
        anew(_, { reply }) {
          waiting = [...waiting, () => reply(undefined)];
          list(true);
        },
        period: () => list(false),
        watch,
        pods({ count }) {
          const first = pods === 0 && count > 0;
          pods = count;
          if (first && !listing) rest();
        },
        listed(found) {
          if (!reachable) {
            self.log.info({}, 'the container runtime answers again');
            watch();
          }
          reachable = true;
          if (found.listing !== undefined) {
            last = found.listing;
            listener.tell({ type: 'listing', listing: last });
          }
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
          // Many ends at once do not make more listings than some.
          if (pauses.length > 1) return;
          pauses = AFTER_END;
          if (!listing) rest();
        },
        watched() {
          events = true;
        },
        unwatched({ error }) {
          self.cancel('watched');
          watching = false;
          events = false;
          if (error !== undefined && !(error instanceof CriError)) throw error;
          if (error?.code !== 'unsupported') self.after(WATCH_AGAIN, { type: 'watch' }, 'watch');
        },
      },
    };
  };
}

const fingerprint = (containers: Listing['containers']) =>
  containers
    .map(({ id, state }) => `${id} ${state}`)
    .sort()
    .join();
