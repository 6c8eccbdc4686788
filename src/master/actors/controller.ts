/** Hosts one controller's pure core: a queue of keys, writes with retries, timers for what is due later. */

import type { Behavior, Context, Millis, Ref } from '../../common/actor/types.ts';
import { backoff } from '../../common/lib/backoff.ts';
import { masterFamilies } from '../../common/metrics/master.ts';
import type { Meter } from '../../common/metrics/meter.ts';
import type { Changed, Controller, Key, NewId, Outcome } from '../core/reconcile.ts';
import type { ClusterView } from '../core/view.ts';
import type { Objects } from '../ports.ts';
import { additionOf, type ClusterMessage, type News } from './cluster.ts';
import type { RecorderMessage } from './event-recorder.ts';
import { type Expectation, holds, type Performed, perform } from './perform.ts';
import { Wakes } from './wakes.ts';
import { type Item, WorkQueue } from './work-queue.ts';

export type ControllerMessage =
  | News
  | { readonly type: 'poke'; readonly key: Key }
  | { readonly type: 'wake' }
  | { readonly type: 'work' }
  | { readonly type: 'resync' }
  | { readonly type: 'rested'; readonly text: string }
  | { readonly type: 'performed'; readonly item: Item<Expectation>; readonly result: Performed }
  | { readonly type: 'crashed'; readonly error: unknown };

export type ControllerDeps = {
  readonly cluster: Ref<ClusterMessage>;
  readonly objects: Objects;
  readonly recorder: Ref<RecorderMessage>;
  readonly newId: NewId;
  readonly random: () => number;
  readonly meter?: Meter | undefined;
};

/** Keys that are handled at the same time. */
const PARALLEL = 16;
/** Looking at keys goes on for so long at once; then others have their turn. */
const TURN: Millis = 5;
/** Everything is looked at again after this long, or up to twice as long: a lost poke costs no more. */
const RESYNC: Millis = 10 * 60_000;
const RETRY = { first: 20, max: 60_000 };
/** A key whose look took long (a set of thousands of pods) rests for so many times that long: pokes meanwhile are one look. */
const RESTS = 10;
const LONG: Millis = 2;
const LONGEST_REST: Millis = 2_000;
/** A creation that was found made is believed to be gone again when the view does not show it after this long. */
const PRESENT_WITHIN: Millis = 30_000;

/** Starts by subscribing to the cluster, whose first news pokes every key once. */
export function controllerBehavior(controller: Controller, deps: ControllerDeps): Behavior<ControllerMessage> {
  return (self) => {
    const queue = new WorkQueue<Expectation>();
    deps.meter?.watch(masterFamilies.queue, { name: controller.name }, () => queue.depth);
    const wakes = new Wakes();
    /** When the timer for the next of them ends. */
    let wakesAt = Number.POSITIVE_INFINITY;
    let view: ClusterView | undefined;
    let running = 0;
    const resting = new Set<string>();
    const wakeInTime = (): void => {
      const { next = Number.POSITIVE_INFINITY } = wakes;
      if (next >= wakesAt) return;
      wakesAt = next;
      self.after(Math.max(0, next - self.clock.now()), { type: 'wake' }, 'wake');
    };
    let told = false;
    const work = (): void => {
      if (view === undefined) return;
      handleReady(view);
      wakeInTime();
    };
    const handleReady = (shown: ClusterView): void => {
      const began = self.clock.now();
      while (running < PARALLEL && look(shown)) {
        if (self.clock.now() - began < TURN) continue;
        if (!told) self.ref.tell({ type: 'work' });
        told = true;
        return;
      }
    };
    /** Looks at the next key; false when there is none that may go. */
    const look = (shown: ClusterView): boolean => {
      const item = queue.take((one) => !resting.has(one.text) && isShown(one, shown, self.clock.now()));
      if (item === undefined) return false;
      const begun = self.clock.now();
      if (handle(self, controller, deps, item, shown, wakes)) running += 1;
      else queue.done(item);
      const took = self.clock.now() - begun;
      if (took >= LONG) {
        resting.add(item.text);
        self.after(Math.min(LONGEST_REST, RESTS * took), { type: 'rested', text: item.text }, `rest ${item.text}`);
      }
      return true;
    };
    const touch = (changes: readonly Changed[], now: ClusterView): Promise<void> | undefined => {
      const seen = now.at(self.clock.wall());
      const add = (change: Changed): void => {
        for (const key of controller.touched(change, seen)) queue.add(key);
      };
      const added = (): undefined => {
        queue.recall();
        work();
      };
      return self.inTurns(changes, add)?.then(added) ?? added();
    };
    const resyncLater = (): void => self.after(RESYNC * (1 + deps.random()), { type: 'resync' }, 'resync');
    deps.cluster.tell({ type: 'subscribe', listener: self.ref });
    resyncLater();
    return {
      on: {
        news: ({ view: newest, changes }) => {
          view = newest;
          return touch(changes, newest);
        },
        poke: ({ key }) => {
          queue.add(key);
          queue.recall();
          work();
        },
        wake: () => {
          wakesAt = Number.POSITIVE_INFINITY;
          for (const key of wakes.take(self.clock.now())) queue.add(key);
          queue.recall();
          work();
        },
        rested: ({ text }) => {
          resting.delete(text);
          queue.recall();
          work();
        },
        resync: () => {
          resyncLater();
          return view === undefined ? undefined : touch(view.entries().map(additionOf), view);
        },
        work: () => {
          told = false;
          work();
        },
        performed: ({ item, result }) => {
          running -= 1;
          settle(self, controller.name, deps, item, result);
          queue.done(item);
          work();
        },
        crashed: ({ error }) => {
          throw error;
        },
      },
    };
  };
}

function isShown(item: Item<Expectation>, view: ClusterView, now: Millis): boolean {
  item.expected = item.expected.filter((one) => !holds(one, view, now));
  return item.expected.length === 0;
}

/** Looks at a key and starts its writes; false when there is nothing to write. */
function handle(
  self: Context<ControllerMessage>,
  controller: Controller,
  deps: ControllerDeps,
  item: Item<Expectation>,
  view: ClusterView,
  wakes: Wakes,
): boolean {
  const note = (event: Parameters<Parameters<typeof perform>[2]>[0]): void => {
    deps.recorder.tell({ ...event, type: 'note', component: controller.name });
  };
  const unsure = item.unsure.length > 0;
  const outcome: Outcome = unsure
    ? { writes: item.unsure }
    : controller.reconcile(view.at(self.clock.wall(), item.failure), item.key, deps.newId);
  if (outcome.wakeAt === undefined) wakes.drop(item.text);
  else wakes.set(item.key, item.text, self.clock.now() + Math.max(0, outcome.wakeAt - self.clock.wall()));
  if (outcome.writes.length === 0) {
    item.failures = 0;
    item.failure = undefined;
    return false;
  }
  const repeat = unsure ? { until: self.clock.now() + PRESENT_WITHIN } : undefined;
  self.pipe(
    () => perform(deps.objects, outcome.writes, note, repeat),
    (result) => ({ type: 'performed', item, result }),
    (error) => ({ type: 'crashed', error }),
  );
  return true;
}

/** Takes in what became of the writes; a failure is tried again later. */
function settle(
  self: Context<ControllerMessage>,
  name: string,
  deps: ControllerDeps,
  item: Item<Expectation>,
  { expected, failure, unsure }: Performed,
): void {
  const repeated = item.unsure.length > 0;
  item.expected = expected;
  item.unsure = unsure;
  item.failure = failure?.kind === 'refused' ? failure.message : undefined;
  if (expected.some((one) => 'present' in one)) {
    self.after(PRESENT_WITHIN, { type: 'poke', key: item.key }, `present ${item.text}`);
  }
  if (failure === undefined) {
    item.failures = 0;
    if (repeated) item.again = true;
    return;
  }
  if (failure.kind !== 'conflict') {
    self.log.warn({ controller: name, key: item.text, why: failure.message, kind: failure.kind }, 'a write failed');
  }
  const delay = backoff(item.failures, RETRY.first, RETRY.max, deps.random());
  item.failures += 1;
  self.after(delay, { type: 'poke', key: item.key }, `retry ${item.text}`);
}
