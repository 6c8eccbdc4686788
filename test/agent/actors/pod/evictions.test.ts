import test from 'ava';
import fc from 'fast-check';
import { createPendingEvictions } from '../../../../src/agent/actors/sources/pending-evictions.ts';
import { isLive } from '../../../../src/agent/core/pod/observed-pod.ts';
import { podStatus } from '../../../../src/agent/core/pod/status.ts';
import { takenOver } from '../../../../src/agent/core/pod/taking-over.ts';
import { aStory, PodRun, plain } from '../../../support/pod-run.ts';

const outcome = { phase: 'Failed' as const, reason: 'Evicted', message: 'The node was low on resource: memory. ' };

/** A pod on its way that is told to end. */
async function evicted(run: PodRun, graceSeconds: number): Promise<PodRun> {
  run.state = { ...run.state, memory: { ...run.state.memory, evicted: { outcome, graceSeconds } } };
  run.started.length = 0;
  run.stopped.length = 0;
  return run;
}

test('nothing of a pod that is evicted starts again, whatever happened to it, and what lives of it ends in the grace period given', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, fc.nat(60), fc.constantFrom(0, 5), async (story, steps, graceSeconds) => {
      const run = new PodRun(story);
      for (let i = 0; i < steps; i += 1) if (!(await run.step())) run.startUp();
      const before = run.outcome;
      await evicted(run, graceSeconds);
      const begun = run.now;
      await run.converge(200);
      t.deepEqual(run.started, []);
      t.false(run.observed.containers.some(isLive));
      // A hook that takes all of the time leaves two seconds, where there was any.
      for (const { killedAt } of run.stopped) {
        t.true(killedAt - begun <= (graceSeconds === 0 ? 0 : graceSeconds * 1000 + 2000));
      }
      if (before === undefined) t.deepEqual(run.outcome, outcome);
    }),
    { numRuns: 60 },
  );
});

test('its status says Failed once nothing lives, with the reason and the condition DisruptionTarget', async (t) => {
  const run = new PodRun(plain);
  await run.converge(50);
  await evicted(run, 0);
  const status = () =>
    podStatus({ pod: run.pod, state: run.state, nodeIps: [], before: undefined, now: run.now, wall: run.now });
  const found = () => status().conditions?.find(({ type }) => type === 'DisruptionTarget');
  t.is(status().phase, 'Running');
  t.is(found()?.status, 'True');
  await run.converge(50);
  const { phase, reason, message } = status();
  t.deepEqual({ phase, reason, message }, outcome);
  t.is(found()?.reason, 'TerminationByKubelet');
  t.is(found()?.message, outcome.message);
});

test('an agent that starts anew while a pod is evicted goes on with it', async (t) => {
  const run = new PodRun(plain);
  await run.converge(50);
  const clock = { now: () => run.now, wall: () => run.now };
  const kept = {
    last: { phase: 'Running' as const, startTime: undefined },
    age: 1000,
    evicted: { outcome, graceSeconds: 0 },
  };
  run.state = { ...run.state, memory: takenOver(run.state.memory, run.pod, kept, clock) };
  await run.converge(50);
  t.deepEqual(run.outcome, outcome);
});

test('who waits for the end of a pod is answered when its containers have ended, or when its volumes are free', (t) => {
  const evictions = createPendingEvictions();
  const said: string[] = [];
  const order = (until?: 'freed') => {
    const base = { type: 'evict', uid: '1', graceSeconds: 0, outcome: { reason: 'Evicted', message: 'm' } } as const;
    evictions.add(until === undefined ? base : { ...base, until }, (answer) =>
      said.push(`${until ?? 'ended'} ${answer}`),
    );
  };
  order();
  order('freed');
  t.deepEqual(evictions.of('1')?.outcome, { phase: 'Failed', reason: 'Evicted', message: 'm' });
  evictions.settle('2', true);
  evictions.settle('1', false);
  evictions.settle('1', false);
  t.deepEqual(said, ['ended ended']);
  evictions.settle('1', true);
  t.deepEqual(said, ['ended ended', 'freed ended']);
  t.is(evictions.of('1'), undefined);
});
