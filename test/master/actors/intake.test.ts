import test from 'ava';
import { Intake, LateError } from '../../../src/master/actors/intake.ts';

type Job = { readonly name: string; end(): void };

/** An intake with jobs that a test ends. */
function rig(most: number) {
  let now = 0;
  const jobs: Job[] = [];
  const intake = new Intake({ now: () => now }, most, 4_000);
  const take = (name: string) =>
    intake.take(() => new Promise<string>((resolve) => void jobs.push({ name, end: () => resolve(name) })));
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const pass = (millis: number): void => {
    now += millis;
  };
  return { take, jobs, turn, pass };
}

test('only so many are worked on at a time, the others in their order', async (t) => {
  const { take, jobs, turn } = rig(2);
  const all = ['a', 'b', 'c', 'd'].map(take);
  await turn();
  t.deepEqual(
    jobs.map(({ name }) => name),
    ['a', 'b'],
  );
  jobs[1]?.end();
  await turn();
  t.deepEqual(
    jobs.map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  jobs[0]?.end();
  await turn();
  for (const { end } of jobs) end();
  t.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd']);
});

test('what waits so long that nobody listens any more is not worked on, and the rest goes on', async (t) => {
  const { take, jobs, turn, pass } = rig(1);
  const first = take('a');
  const late = t.throwsAsync(take('b'), { instanceOf: LateError });
  pass(4_001);
  const next = take('c');
  await turn();
  jobs[0]?.end();
  await late;
  await turn();
  t.deepEqual(
    jobs.map(({ name }) => name),
    ['a', 'c'],
  );
  jobs[1]?.end();
  t.deepEqual(await Promise.all([first, next]), ['a', 'c']);
});

test('thousands that wait, and works that fail, leave nothing behind', async (t) => {
  const intake = new Intake({ now: () => 0 }, 3, 1);
  let running = 0;
  let most = 0;
  const work = async (i: number): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    if (i % 3 === 0) throw new Error('refused');
    return i;
  };
  const results = await Promise.allSettled(Array.from({ length: 5_000 }, (_, i) => intake.take(() => work(i))));
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 3_333);
  t.is(most, 3);
  t.is(await intake.take(() => work(1)), 1);
});
