import test from 'ava';
import { audit } from '../../../src/sim/core/audit.ts';
import { chanceOf, nextIn } from '../../../src/sim/core/plan.ts';

const pod = (uid: string, node: string, containers = 1) => ({ uid, node, containers });
const runs = (node: string, ...uids: string[]) => ({ node, running: uids.map((uid) => ({ uid, container: 'main' })) });

test('a fleet that runs every pod once, where it is bound, is well', (t) => {
  const found = audit([pod('a', 'x'), pod('b', 'y')], [runs('x', 'a'), runs('y', 'b'), runs('z')]);
  t.deepEqual(found, { lost: 0, doubled: 0, strays: 0 });
});

test('pods that run nowhere are lost, pods that run twice or elsewhere are doubled, unknown ones are strays', (t) => {
  t.like(audit([pod('a', 'x'), pod('b', 'y')], [runs('x', 'a')]), { lost: 1, doubled: 0 });
  t.like(audit([pod('a', 'x')], [runs('x', 'a', 'a')]), { lost: 0, doubled: 1 });
  t.like(audit([pod('a', 'x')], [runs('x', 'a'), runs('y', 'a')]), { lost: 0, doubled: 1 });
  t.like(audit([pod('a', 'x', 2)], [runs('x', 'a')]), { lost: 1 });
  t.like(audit([], [runs('x', 'gone')]), { strays: 1 });
});

test('what happens follows from the seed, for each device by itself', (t) => {
  const draws = (seed: number, index: number) => Array.from({ length: 5 }, chanceOf(seed, index, 1));
  t.deepEqual(draws(7, 3), draws(7, 3));
  t.notDeepEqual(draws(7, 3), draws(7, 4));
  t.notDeepEqual(draws(7, 3), draws(8, 3));
});

test('times between events have their mean, and none is drawn where none are wanted', (t) => {
  const chance = chanceOf(1, 1, 1);
  const drawn = Array.from({ length: 20_000 }, () => nextIn(1000, chance) ?? 0);
  const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
  t.true(mean > 950 && mean < 1050, `${mean}`);
  t.true(Math.min(...drawn) >= 100);
  t.is(nextIn(0, chance), undefined);
});
