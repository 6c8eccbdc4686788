import test from 'ava';
import fc from 'fast-check';
import { Wakes } from '../../../src/master/actors/wakes.ts';

const key = (name: string) => ({ resource: 'events', namespace: 'default', name });

test('keys are due at their time, and once', (t) => {
  const wakes = new Wakes();
  wakes.set(key('late'), 'late', 20);
  wakes.set(key('soon'), 'soon', 10);
  t.is(wakes.next, 10);
  t.deepEqual(wakes.take(9), []);
  t.deepEqual(wakes.take(15), [key('soon')]);
  t.deepEqual(wakes.take(15), []);
  t.is(wakes.next, 20);
  t.deepEqual(wakes.take(30), [key('late')]);
  t.is(wakes.next, undefined);
});

test('the last word on a key counts, whatever was said before: sooner, later, never', (t) => {
  const action = fc.record({ name: fc.constantFrom('a', 'b', 'c'), at: fc.option(fc.nat(50).map((n) => n * 10)) });
  fc.assert(
    fc.property(fc.array(action), fc.nat(600), (actions, now) => {
      const wakes = new Wakes();
      const last = new Map<string, number>();
      for (const { name, at } of actions) {
        if (at === null) wakes.drop(name);
        else wakes.set(key(name), name, at);
        last.delete(name);
        if (at !== null) last.set(name, at);
      }
      const due = [...last].filter(([, at]) => at <= now).map(([name]) => name);
      t.deepEqual(
        wakes
          .take(now)
          .map(({ name }) => name)
          .sort(),
        due.sort(),
      );
      const rest = [...last.values()].filter((at) => at > now);
      t.true(rest.length === 0 || (wakes.next ?? Number.POSITIVE_INFINITY) <= Math.min(...rest));
    }),
  );
});
