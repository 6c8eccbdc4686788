import test from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';

test.serial('steady time goes on at its pace when the wall clock jumps', async (t) => {
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  for (const jump of [86_400_000, -86_400_000, -now()]) {
    const before = realClock.now();
    const begun = performance.now();
    const fired = new Promise<void>((resolve) => realClock.timer(200, resolve));
    Date.now = () => now() + jump;
    t.true(Math.abs(realClock.wall() - now() - jump) < 1_000);
    await fired;
    const took = performance.now() - begun;
    t.true(Math.abs(realClock.now() - before - took) <= 20, `${realClock.now() - before} in ${took} ms`);
    Date.now = now;
  }
});
