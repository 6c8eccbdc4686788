import test from 'ava';
import fc from 'fast-check';
import { graceOf, secondsFor, shutdownGroups } from '../../../../src/agent/core/shutdown/shutdown-plan.ts';

const aPriority = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constantFrom(2_000_000_000, 2_000_001_000));
const pods = fc.array(fc.record({ uid: fc.uuid(), priority: aPriority, graceSeconds: fc.nat(120) }), { maxLength: 30 });
const periods = fc.tuple(fc.nat(120), fc.nat(100)).map(([critical, more]) => ({ total: critical + more, critical }));

test('each pod ends once, those of a lower priority before those of a higher one', (t) => {
  fc.assert(
    fc.property(pods, (all) => {
      const groups = shutdownGroups(all);
      const order = groups.flatMap((group) => group.pods);
      t.deepEqual(order.map(({ uid }) => uid).sort(), all.map(({ uid }) => uid).sort());
      t.true(order.slice(1).every((pod, index) => pod.priority >= (order[index]?.priority ?? 0)));
      for (const group of groups) for (const pod of group.pods) t.is(group.critical, pod.priority >= 2_000_000_000);
    }),
  );
});

test('groups that take all of their time end together within the whole, and the critical ones have at least what is kept for them', (t) => {
  fc.assert(
    fc.property(pods, periods, (all, times) => {
      let elapsed = 0;
      let criticalTime = 0;
      for (let groups = shutdownGroups(all); groups.length > 0; groups = groups.slice(1)) {
        const seconds = secondsFor(groups, elapsed, times);
        t.true(seconds >= 0);
        if (groups[0]?.critical) criticalTime += seconds;
        elapsed += seconds;
      }
      t.true(elapsed <= times.total + 1e-6);
      if (all.some(({ priority }) => priority >= 2_000_000_000)) t.true(criticalTime >= times.critical - 1e-6);
    }),
  );
});

test('no group is left without time by the ones before it, as far as there is any', (t) => {
  fc.assert(
    fc.property(pods, periods, (all, times) => {
      let elapsed = 0;
      for (let groups = shutdownGroups(all); groups.length > 0; groups = groups.slice(1)) {
        const seconds = secondsFor(groups, elapsed, times);
        const own = groups[0]?.critical ? times.critical : times.total - times.critical;
        if (own > 0) t.true(seconds > 0);
        elapsed += seconds;
      }
    }),
  );
});

test('a pod gets its own grace period or what its group has, whichever is less', (t) => {
  t.is(graceOf({ uid: '1', priority: 0, graceSeconds: 30 }, 19.7), 19);
  t.is(graceOf({ uid: '1', priority: 0, graceSeconds: 5 }, 19.7), 5);
});

test('one slow group of many leaves two seconds to each of the others', (t) => {
  const pod = (priority: number) => ({ uid: String(priority), priority, graceSeconds: 60 });
  const groups = shutdownGroups([pod(1), pod(2), pod(3)]);
  t.is(secondsFor(groups, 0, { total: 30, critical: 10 }), 26, 'without critical pods all of the time is theirs');
  t.is(secondsFor(shutdownGroups([pod(1), pod(2), pod(2_000_000_000)]), 0, { total: 30, critical: 10 }), 18);
});
