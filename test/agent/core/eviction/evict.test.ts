import test from 'ava';
import fc from 'fast-check';
import {
  type EvictionAction,
  type EvictionMemory,
  evict,
  freshMemory,
  victimEnded,
} from '../../../../src/agent/core/eviction/evict.ts';
import { nextLook } from '../../../../src/agent/core/eviction/look-ahead.ts';
import type { PodLoad } from '../../../../src/agent/core/eviction/pod-load.ts';
import { amountOf, type Rules } from '../../../../src/agent/core/eviction/rules.ts';
import type { Seen } from '../../../../src/agent/core/eviction/seen.ts';
import { rulesFor } from '../../../support/fake-pressure.ts';

const MI = 2 ** 20;
const CAPACITY = 1000 * MI;

const rulesOf = (settings: Record<string, unknown>) =>
  rulesFor({ evictionHard: '', evictionPressureTransitionPeriod: '60s', ...settings });
const hard = rulesOf({ evictionHard: 'memory.available<100Mi' });
const both = rulesOf({
  evictionHard: 'memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,pid.available<10%',
  evictionSoft: 'memory.available<200Mi,nodefs.available<20%',
  evictionSoftGracePeriod: 'memory.available=30s,nodefs.available=1m',
  evictionMinimumReclaim: 'nodefs.available=50Mi',
  evictionMaxPodGracePeriod: 5,
});

function load(uid: string, change: Partial<PodLoad> = {}): PodLoad {
  const nothing = { layers: 0, logs: 0, volumes: 0 };
  return {
    pod: { namespace: 'default', name: uid, uid },
    ...{ priority: 0, isProtected: false, memory: { used: 0, requested: 0 }, disk: nothing, diskRequested: 0 },
    ...{ inodes: nothing, processes: 1, containers: [] },
    ...change,
  };
}

const level = fc.integer({ min: 0, max: 1000 }).map((share) => ({ available: share * MI, capacity: CAPACITY }));
const levels = fc.record({
  'memory.available': level,
  'nodefs.available': level,
  'nodefs.inodesFree': level,
  'pid.available': level,
});
const share = fc.record({ used: fc.nat(300 * MI), requested: fc.constantFrom(0, 50 * MI, 200 * MI) });
const diskShare = fc.record({ layers: fc.nat(90), logs: fc.nat(90), volumes: fc.nat(90) });
const aLoad = fc.record({
  priority: fc.constantFrom(-10, 0, 1000),
  isProtected: fc.boolean(),
  memory: share,
  disk: diskShare,
  diskRequested: fc.constantFrom(0, 100),
  inodes: diskShare,
  processes: fc.nat(50),
});
const loadsOf = fc.array(aLoad, { maxLength: 6 }).map((all) => all.map((one, index) => load(`pod-${index}`, one)));

/** What the ranking says, written as plainly as possible: pods sorted by one list of numbers each, smallest first. */
function firstOf(signal: string, loads: readonly PodLoad[]): string | undefined {
  const total = ({ layers, logs, volumes }: PodLoad['disk']) => layers + logs + volumes;
  const keys = (one: PodLoad): readonly number[] => {
    const amount =
      signal === 'memory.available' ? one.memory.used - one.memory.requested : total(one.disk) - one.diskRequested;
    if (signal === 'pid.available') return [one.priority, -one.processes];
    if (signal === 'nodefs.inodesFree') return [one.priority, -total(one.inodes)];
    return [amount > 0 ? 0 : 1, one.priority, -amount];
  };
  const best = loads
    .filter(({ isProtected }) => !isProtected)
    .reduce<PodLoad | undefined>((first, one) => {
      if (first === undefined) return one;
      const [a, b] = [keys(one), keys(first)];
      const at = a.findIndex((value, index) => value !== b[index]);
      return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0) ? one : first;
    }, undefined);
  return best?.pod.uid;
}

type Moment = {
  readonly after: number;
  readonly levels: Seen['levels'];
  readonly loads: readonly PodLoad[];
  readonly ends: boolean;
};
const moments = fc.array(
  fc.record({ after: fc.integer({ min: 1, max: 40_000 }), levels, loads: loadsOf, ends: fc.boolean() }),
  { maxLength: 25 },
);

/** Since when each threshold is met without a break, told apart from the code under test. */
function metAt(since: Map<string, number>, levelsNow: Seen['levels'], at: number): void {
  for (const rule of both.thresholds) {
    const name = `${rule.signal} ${rule.soft}`;
    const more = rule.minimumReclaim === undefined ? 0 : amountOf(rule.minimumReclaim, CAPACITY);
    const limit = amountOf(rule.amount, CAPACITY) + (since.has(name) ? more : 0);
    if ((levelsNow[rule.signal]?.available ?? Infinity) >= limit) since.delete(name);
    else since.set(name, since.get(name) ?? at);
  }
}

/** Takes the turns of one look; answers with the pods that were told to end. */
function turnsOf(before: EvictionMemory, seen: Seen, loads: readonly PodLoad[]) {
  let memory = before;
  const ends: Extract<EvictionAction, { do: 'evict' }>[] = [];
  for (const usage of [undefined, loads, loads, loads]) {
    const decision = evict(memory, seen, usage, both);
    memory = decision.memory;
    if (decision.action?.do === 'evict') ends.push(decision.action);
  }
  return { memory, ends };
}

test('one pod at a time, never a protected one, always the one that the ranking names, and never before the grace period', (t) => {
  fc.assert(
    fc.property(moments, (story: readonly Moment[]) => {
      let memory: EvictionMemory = freshMemory;
      let at = 0;
      let endedAt = -1;
      const since = new Map<string, number>();
      for (const { after, levels: now, loads, ends } of story) {
        at += after;
        if (memory.victim !== undefined && ends) {
          memory = victimEnded(memory, memory.victim.uid, at);
          endedAt = at;
        }
        metAt(since, now, at);
        const before = memory;
        const turns = turnsOf(before, { at, levels: now, separateImages: false }, loads);
        memory = turns.memory;
        t.true(turns.ends.length <= 1, 'never twice');
        for (const { rule, load: victim, graceSeconds } of turns.ends) {
          t.true(at - (since.get(`${rule.signal} ${rule.soft}`) ?? Infinity) >= rule.graceMillis);
          t.false(victim.isProtected);
          t.true(before.victim === undefined || at >= before.victim.until, 'one pod at a time');
          t.true(at > endedAt, 'what was seen before the last end does not count');
          const others = loads.filter(({ pod }) => !before.told.includes(pod.uid));
          t.true(victim.pod.uid === firstOf(rule.signal, others));
          t.is(graceSeconds, rule.soft ? 5 : 0);
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** A device whose pods hold what they use until they are ended. */
function relieve(loads: readonly PodLoad[], free: number, rules: Rules): { ended: string[]; turns: number } {
  let memory: EvictionMemory = freshMemory;
  let left = [...loads];
  const ended: string[] = [];
  for (let turn = 1; turn < 200; turn += 1) {
    const available = CAPACITY - free - left.reduce((sum, one) => sum + one.memory.used, 0);
    const seen: Seen = {
      at: turn * 1000,
      levels: { 'memory.available': { available, capacity: CAPACITY } },
      separateImages: false,
    };
    const { memory: next, action } = evict(memory, seen, left, rules);
    memory = next;
    if (action === undefined) return { ended, turns: turn };
    if (action.do !== 'evict') continue;
    ended.push(action.load.pod.uid);
    left = left.filter(({ pod }) => pod.uid !== action.load.pod.uid);
    memory = victimEnded(memory, action.load.pod.uid, seen.at);
  }
  return { ended, turns: Infinity };
}

test('it converges: pods are ended until enough is free or none is left that may be, and no more', (t) => {
  fc.assert(
    fc.property(loadsOf, fc.nat(CAPACITY), (loads, taken) => {
      const { ended, turns } = relieve(loads, taken, hard);
      t.true(turns <= loads.length + 1);
      t.is(new Set(ended).size, ended.length);
      const used = (those: readonly PodLoad[]) => those.reduce((sum, one) => sum + one.memory.used, 0);
      const stay = (count: number) => loads.filter(({ pod }) => !ended.slice(0, count).includes(pod.uid));
      const free = (count: number) => CAPACITY - taken - used(stay(count));
      for (let count = 0; count < ended.length; count += 1) t.true(free(count) < 100 * MI, 'none was ended in vain');
      t.true(free(ended.length) >= 100 * MI || stay(ended.length).every(({ isProtected }) => isProtected));
    }),
  );
});

test('nobody else is ended for what the last one still holds, and one that does not end is not waited for without end', (t) => {
  const pods = [
    load('eater', { memory: { used: 800 * MI, requested: 0 } }),
    load('idle', { memory: { used: MI, requested: 0 } }),
  ];
  const short = (at: number): Seen => ({
    at,
    levels: { 'memory.available': { available: 50 * MI, capacity: CAPACITY } },
    separateImages: false,
  });
  const first = evict(freshMemory, short(1000), pods, hard);
  t.like(first.action, { do: 'evict', load: { pod: { uid: 'eater' } }, graceSeconds: 0 });
  t.is(evict(first.memory, short(2000), pods, hard).action, undefined);
  t.is(evict(first.memory, short(30_000), pods, hard).action, undefined);
  t.like(evict(first.memory, short(31_000), pods, hard).action, { do: 'evict', load: { pod: { uid: 'idle' } } });
  const ended = victimEnded(first.memory, 'eater', 3000);
  t.is(evict(ended, short(3000), [pods[1] ?? load('idle')], hard).action, undefined, 'seen before the end');
});

test('a pod that has time to end for a soft threshold has none once a hard one is met, and nobody else is ended meanwhile', (t) => {
  const left = (at: number, mi: number): Seen => ({
    at,
    levels: { 'memory.available': { available: mi * MI, capacity: CAPACITY } },
    separateImages: false,
  });
  const pods = ['slow', 'eater'].map((uid) => load(uid, { memory: { used: 400 * MI, requested: 0 } }));
  const met = evict(freshMemory, left(1000, 150), pods, both);
  t.is(met.action, undefined);
  const softly = evict(met.memory, left(31_000, 150), pods, both);
  t.like(softly.action, { do: 'evict', graceSeconds: 5 });
  const still = evict(softly.memory, left(32_000, 120), pods, both);
  t.is(still.action, undefined);
  const hard = evict(still.memory, left(33_000, 90), pods, both);
  t.like(hard.action, { do: 'hurry', uid: softly.memory.victim?.uid ?? '' });
  t.is(evict(hard.memory, left(33_100, 80), pods, both).action, undefined, 'told once');
});

test('what nobody needs on the disk is freed before a pod is ended, and again for what the pod has left', (t) => {
  const full = (at: number): Seen => ({
    at,
    levels: { 'nodefs.available': { available: 10 * MI, capacity: CAPACITY } },
    separateImages: false,
  });
  const pods = [load('filler', { disk: { layers: 0, logs: 0, volumes: 500 } })];
  const first = evict(freshMemory, full(1000), pods, both);
  t.is(first.action?.do, 'reclaim');
  const second = evict(first.memory, full(1100), undefined, both);
  t.is(second.action?.do, 'rank');
  const third = evict(second.memory, full(1200), pods, both);
  t.is(third.action?.do, 'evict');
  t.is(evict(victimEnded(third.memory, 'filler', 2000), full(2100), [], both).action?.do, 'reclaim');
});

test('a pressure is told at once and is over after the transition period without a threshold met', (t) => {
  const at = (millis: number, available: number): Seen => ({
    at: millis,
    levels: { 'memory.available': { available: available * MI, capacity: CAPACITY } },
    separateImages: false,
  });
  const soft = evict(freshMemory, at(1000, 150), undefined, both);
  t.deepEqual(soft.pressure, ['MemoryPressure']);
  t.is(soft.action, undefined);
  const later = evict(soft.memory, at(2000, 500), undefined, both);
  t.deepEqual(later.pressure, ['MemoryPressure']);
  t.true(nextLook(at(2000, 500), later.memory, both) <= 59_000);
  t.deepEqual(evict(later.memory, at(60_999, 500), undefined, both).pressure, ['MemoryPressure']);
  t.deepEqual(evict(later.memory, at(61_000, 500), undefined, both).pressure, []);
});

test('tasks that wait for memory are a threshold of their own, over the window that it names', (t) => {
  const rules = rulesOf({ evictionHard: 'memory.pressure>40%/60s' });
  const stalled = (sixty: number): Seen => ({
    at: 1,
    levels: {},
    stall: { 10: 90, 60: sixty, 300: 0 },
    separateImages: false,
  });
  t.is(evict(freshMemory, stalled(40), [load('a')], rules).action, undefined);
  t.like(evict(freshMemory, stalled(41), [load('a')], rules), {
    pressure: ['MemoryPressure'],
    action: { do: 'evict' },
  });
});

test('the next look comes before memory could be used up, and seldom where there is plenty', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 100_000 }), (left) => {
      const seen: Seen = {
        at: 1,
        levels: { 'memory.available': { available: left * MI, capacity: 200_000 * MI } },
        separateImages: false,
      };
      const delay = nextLook(seen, freshMemory, hard);
      t.true(delay >= 100 && delay <= 10_000);
      t.true(delay === 100 || left - 100 >= (512 * delay) / 1000 - 1);
    }),
  );
});

test('processes that were killed count for a moment still: nobody else is ended for them', (t) => {
  const rules = rulesOf({ evictionHard: 'pid.available<100' });
  const seen = (at: number, available: number): Seen => ({
    at,
    levels: { 'pid.available': { available, capacity: 1000 } },
    separateImages: false,
  });
  const loads = [load('forker', { processes: 900 }), load('idle')];
  const first = evict(freshMemory, seen(0, 50), loads, rules);
  t.is(first.action?.do, 'evict');
  const after = victimEnded(first.memory, 'forker', 100);
  t.is(evict(after, seen(200, 60), [load('idle')], rules).action, undefined);
  t.is(evict(after, seen(2200, 60), [load('idle')], rules).action?.do, 'evict', 'those are of somebody else');
});
