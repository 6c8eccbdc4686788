import test from 'ava';
import fc from 'fast-check';
import { type RateBase, withRates } from '../../../../src/agent/core/usage/rates.ts';
import type { PodUsage } from '../../../../src/agent/core/usage/sweep.ts';
import { cpuOf, nodeUsage, podUsage } from '../../../support/fake-usage.ts';

const look = fc.record({
  gap: fc.integer({ min: 0, max: 20_000 }),
  nanos: fc.nat({ max: 1e12 }),
  container: fc.constantFrom('first', 'second'),
  there: fc.boolean(),
});

function readings(nanos: number, container: string, there: boolean) {
  const cpu = cpuOf(nanos);
  const pod: PodUsage = podUsage('a', {
    cpu,
    containers: [{ id: container, name: 'main', image: 'app:1', startedAtWall: 0, cpu }],
  });
  return { node: nodeUsage({ cpu }), pods: there ? [pod] : [], system: [{ name: 'agent' as const, cpu }] };
}

test('a rate is what the counter of the same thing grew by over at least a second, and there is none without one', (t) => {
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 20 }), (looks) => {
      let base: RateBase | undefined;
      let at = 0;
      const seen: { at: number; nanos: number; container: string; there: boolean }[] = [];
      for (const { gap, nanos, container, there } of looks) {
        at += gap;
        const { sweep, base: next } = withRates(readings(nanos, container, there), at, 0, base);
        base = next;
        const grew = (before: (typeof seen)[number]) =>
          Math.round(((nanos - before.nanos) / ((at - before.at) * 1e6)) * 1e9);
        const possible = (same: (before: (typeof seen)[number]) => boolean) =>
          seen.filter((before) => at - before.at >= 1000 && nanos >= before.nanos && same(before)).map(grew);
        for (const [rate, same] of [
          [sweep.node.cpu?.nanoCores, () => true],
          [sweep.system[0]?.cpu?.nanoCores, () => true],
          [sweep.pods[0]?.cpu?.nanoCores, (before: (typeof seen)[number]) => before.there],
          [
            sweep.pods[0]?.containers[0]?.cpu?.nanoCores,
            (before: (typeof seen)[number]) => before.there && before.container === container,
          ],
        ] as const) {
          if (rate !== undefined) t.true(possible(same).includes(rate), String(rate));
        }
        seen.push({ at, nanos, container, there });
      }
    }),
  );
});

test('looks that follow fast on each other have the rate of a second or two, and not none', (t) => {
  let base: RateBase | undefined;
  const rates: (number | undefined)[] = [];
  for (let at = 0; at <= 5000; at += 250) {
    const told = withRates(readings(at * 1e6, 'first', true), at, 0, base);
    base = told.base;
    rates.push(told.sweep.node.cpu?.nanoCores);
  }
  t.deepEqual(rates.slice(0, 4), [undefined, undefined, undefined, undefined]);
  t.true(
    rates.slice(4).every((rate) => rate === 1e9),
    rates.join(),
  );
});

test('of a pod that rests nothing is made anew, and its rate is none', (t) => {
  const busy = readings(5e9, 'first', true);
  const rest = { ...readings(7e9, 'first', true), pods: busy.pods };
  const first = withRates(readings(1e9, 'first', true), 0, 0, undefined);
  const second = withRates(busy, 10_000, 0, first.base);
  const third = withRates(rest, 20_000, 0, second.base);
  const fourth = withRates({ ...readings(9e9, 'first', true), pods: busy.pods }, 30_000, 0, third.base);
  t.deepEqual(
    [second, third, fourth].map(({ sweep }) => sweep.pods[0]?.containers[0]?.cpu?.nanoCores),
    [400_000_000, 0, 0],
  );
  t.is(fourth.sweep.pods[0], third.sweep.pods[0]);
  t.is(fourth.sweep.node.cpu?.nanoCores, 200_000_000);
});
