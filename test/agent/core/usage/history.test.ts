import test from 'ava';
import fc from 'fast-check';
import { createHistory } from '../../../../src/agent/core/usage/history.ts';
import { byteReader, createByteWriter } from '../../../../src/agent/core/usage/number-list.ts';
import type { PodUsage, Pressure, Sweep } from '../../../../src/agent/core/usage/sweep.ts';
import { cpuOf, memoryOf, nodeUsage, podUsage } from '../../../support/fake-usage.ts';

const PERIOD = 10_000;
const bytes = fc.nat({ max: 2 ** 31 });
const share = fc.nat({ max: 10_000 }).map((hundredths) => hundredths / 100);
const stall = fc.record({ avg10: share, avg60: share, avg300: share, totalMicros: bytes });
const pressure: fc.Arbitrary<Pressure> = fc.record({ some: stall, full: stall }, { requiredKeys: ['some'] });
const pod: fc.Arbitrary<PodUsage> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c'),
    id: fc.constantFrom('first', 'second'),
    cpu: fc.option(
      fc.maxSafeNat().map((nanos) => cpuOf(nanos)),
      { nil: undefined },
    ),
    memory: bytes.map((working) => memoryOf(working)),
    pressure: fc.option(pressure, { nil: undefined }),
    volumes: fc.array(bytes, { maxLength: 2 }),
  })
  .map(({ name, id, cpu, memory, pressure: stalls, volumes }) => {
    const told = stalls === undefined ? memory : { ...memory, pressure: stalls };
    const container = { id, name: 'main', image: 'app:1', startedAtWall: 5, memory: told };
    return {
      pod: { namespace: 'default', name, uid: name },
      sandboxId: `${id}-sandbox`,
      startedAtWall: 7,
      ...(cpu === undefined ? {} : { cpu }),
      containers: [container],
      volumes: volumes.map((usedBytes, index) => ({ name: `v${index}`, medium: 'disk' as const, usedBytes })),
    };
  });
const pods = fc.uniqueArray(pod, { selector: (each) => each.pod.uid });
const sweeps: fc.Arbitrary<readonly Sweep[]> = fc
  .array(
    fc.record({
      pods,
      used: bytes,
      gap: fc.integer({ min: 1, max: 120_000 }),
      resting: fc.subarray(['a', 'b', 'c']),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((all) => {
    let at = 1_795_000_000_000;
    let before: readonly PodUsage[] = [];
    return all.map(({ pods: now, used, gap, resting }) => {
      at += gap;
      // Of pods that rest there is the very same usage.
      const same = before.filter((each) => resting.includes(each.pod.uid));
      const some = [...same, ...now.filter((each) => !same.some((one) => one.pod.uid === each.pod.uid))];
      before = some;
      const node = nodeUsage({ memory: memoryOf(used) });
      return { at, wall: at - 60_000, node, pods: some, system: [{ name: 'agent' as const, cpu: cpuOf(used) }] };
    });
  });

test('what is told again is what was added, of the last fifteen minutes and in order', (t) => {
  fc.assert(
    fc.property(sweeps, fc.nat({ max: 30 }), (all, from) => {
      const history = createHistory();
      for (const sweep of all) history.add(sweep);
      const newest = all.at(-1)?.at ?? 0;
      const kept = all.filter(({ at }) => newest - at < 15 * 60_000);
      t.deepEqual(history.after(0), kept);
      const since = all[from % all.length]?.at ?? 0;
      t.deepEqual(
        history.after(since),
        kept.filter(({ at }) => at > since),
      );
    }),
    { numRuns: 200 },
  );
});

test('it never takes more than it may, and then keeps the newest', (t) => {
  fc.assert(
    fc.property(sweeps, fc.integer({ min: 8_000, max: 20_000 }), (all, most) => {
      const history = createHistory(15 * 60_000, most);
      for (const sweep of all) {
        history.add(sweep);
        t.true(history.bytes() <= most || history.after(0).length === 1);
        t.deepEqual(history.after(0).at(-1), sweep);
      }
    }),
    { numRuns: 100 },
  );
});

test('what was taken is given back when sweeps go', (t) => {
  fc.assert(
    fc.property(sweeps, (all) => {
      const history = createHistory();
      for (const sweep of all) history.add(sweep);
      const last: Sweep = { at: (all.at(-1)?.at ?? 0) + 20 * 60_000, wall: 0, node: nodeUsage(), pods: [], system: [] };
      const fresh = createHistory();
      for (const one of [history, fresh]) one.add(last);
      const again = { ...last, at: last.at + 20 * 60_000 };
      for (const one of [history, fresh]) one.add(again);
      t.is(history.bytes(), fresh.bytes());
    }),
    { numRuns: 100 },
  );
});

test('a quarter of an hour of 110 busy pods takes less than a mebibyte, and 30 a third of it', (t) => {
  const stalls = { avg10: 0.5, avg60: 0.25, avg300: 0.1, totalMicros: 1_000_000 };
  const sizeWith = (count: number): number => {
    const history = createHistory();
    for (let look = 0; look < 90; look += 1) {
      const moved = (most: number, index: number) => (look * 7919 + index * 104_729) % most;
      const all = Array.from({ length: count }, (_, index) => {
        const some = { avg10: moved(100, index) / 100, avg60: 0.25, avg300: 0.1, totalMicros: look * 5000 };
        const cpu = cpuOf(look * 5e8 + moved(1e8, index), { nanoCores: 5e7 + moved(1e7, index), pressure: { some } });
        const memory = memoryOf(3e7 + moved(65_536, index), { pageFaults: look * 50, pressure: { some: stalls } });
        const usage = podUsage(`pod-${index}-5d5f8c9b7-x2x4z`, { cpu, memory });
        const id = index.toString(16).padStart(64, 'c0');
        return { ...usage, containers: usage.containers.map((container) => ({ ...container, id })) };
      });
      history.add({ at: look * PERIOD, wall: look * PERIOD, node: nodeUsage(), pods: all, system: [] });
    }
    t.is(history.after(-1).length, 90);
    return history.bytes();
  };
  const [thirty, most] = [sizeWith(30), sizeWith(110)];
  t.log(`30 pods: ${Math.round(thirty / 1024)} KiB, 110 pods: ${Math.round(most / 1024)} KiB`);
  t.true(most < 1024 * 1024);
  t.true(thirty < most / 3);
});

test('numbers of every size and sign come back from their bytes', (t) => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger()), (numbers) => {
      const writer = createByteWriter();
      for (const value of numbers) writer.write(value);
      const next = byteReader(writer.take());
      t.deepEqual(
        numbers.map(() => next()),
        numbers,
      );
    }),
  );
});
