import test from 'ava';
import fc from 'fast-check';
import { isLive, nothingObserved } from '../../../../src/agent/core/pod/observed-pod.ts';
import { nextSteps } from '../../../../src/agent/core/pod/pod-lifecycle.ts';
import { CriError } from '../../../../src/agent/ports/cri.ts';
import { aStory, type PodRun, plain, play, PodRun as Run, type Story } from '../../../support/pod-run.ts';

/** That something holds in every moment of every story. */
async function always(check: (run: PodRun) => void, story: fc.Arbitrary<Story> = aStory): Promise<void> {
  await fc.assert(
    fc.asyncProperty(story, async (one) => void (await play(one, check))),
    { numRuns: 300 },
  );
}

test('there are never two live containers for one slot, nor two ready sandboxes with live containers', async (t) => {
  await always(({ cri }) => {
    const names = cri.running().map(({ name }) => name);
    if (new Set(names).size !== names.length) throw new Error(`two live containers: ${names}`);
    const boxes = new Set(cri.running().map(({ sandboxId }) => sandboxId));
    if (boxes.size > 1) throw new Error('live containers in two sandboxes');
  });
  t.pass();
});

test('nothing starts before the init containers before it are done and the sidecars before it have started', async (t) => {
  const seen = new Map<PodRun, number>();
  await always((run) => {
    const before = seen.get(run) ?? 0;
    seen.set(run, run.started.length);
    const [name] = run.started.slice(before);
    const started = run.cri.running().find((container) => container.name === name);
    if (started === undefined || run.state.observed === nothingObserved) return;
    const inits = run.pod.spec.initContainers ?? [];
    const index = inits.findIndex((one) => one.name === name);
    for (const earlier of index < 0 ? inits : inits.slice(0, index)) {
      const attempts = [...run.cri.containers.values()].filter(
        (one) => one.name === earlier.name && one.sandboxId === started.sandboxId && one.startedAt > 0,
      );
      const done = attempts.some(({ state, exitCode }) => state === 'exited' && exitCode === 0);
      if (earlier.restartPolicy === 'Always' ? attempts.length === 0 : !done) {
        throw new Error(`${name} started before ${earlier.name}`);
      }
    }
  });
  t.pass();
});

test('a pod comes to what is wanted in bounded steps, whatever has happened', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, async (story) => {
      const run = await play(story, () => {});
      await run.look();
      await run.converge(120);
      const running = new Set(run.cri.running().map(({ name }) => name));
      if (run.outcome !== undefined) {
        if (running.size > 0) throw new Error(`the pod has ${run.outcome.phase} and still runs ${[...running]}`);
        return;
      }
      for (const { name, restartPolicy } of run.pod.spec.initContainers ?? []) {
        if (restartPolicy === 'Always' && !running.has(name)) throw new Error(`sidecar ${name} does not run`);
      }
      for (const { name } of run.pod.spec.containers) {
        const ended = run.observed.containers.some((one) => one.name === name && one.state === 'exited');
        if (!running.has(name) && !(ended && story.policy !== 'Always')) throw new Error(`${name} does not run`);
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});

/** Ends a deleted pod, taking the steps in the order of `choices`; answers with what was started meanwhile. */
async function end(run: PodRun, choices: readonly number[], check: () => void): Promise<readonly string[]> {
  const before = run.started.length;
  for (let taken = 0; run.steps[0]?.do !== 'remove-files'; taken += 1) {
    if (taken > 60) throw new Error(`not gone: ${JSON.stringify(run.steps)}`);
    const [wait] = run.steps;
    if (await run.step(choices[taken] ?? 0)) run.now += (choices[taken] ?? 0) * 700;
    else run.now = wait?.do === 'wait' ? wait.until : run.now + 60_000;
    check();
  }
  return run.started.slice(before);
}

test('nothing of a deleted pod is started, nothing of it is left, and it has its grace period and no more', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, fc.nat(60), fc.array(fc.nat(4)), async (story, grace, choices) => {
      const run = await play(story, () => {});
      run.state = { ...run.state, memory: { ...run.state.memory, failures: {} } };
      run.cri.failing = () => undefined;
      run.cri.losing = () => undefined;
      const already = new Set(Object.keys(run.state.memory.stops));
      run.delete(grace);
      await run.look();
      const asked = run.now;
      const stops = run.stopped.length;
      const started = await end(run, choices, () => {});
      if (started.length > 0) throw new Error(`started ${started}`);
      if (run.cri.sandboxes.size + run.cri.containers.size > 0) throw new Error('something is left');
      for (const { id, at, killedAt } of run.stopped.slice(stops)) {
        // Its seconds are whole ones.
        const latest = Math.max(asked + grace * 1000 + 999, at + 2000);
        if (!already.has(id) && killedAt > latest) throw new Error(`killed ${killedAt - latest} ms late`);
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('sidecars outlive the containers that they serve, the first of them longest', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, fc.array(fc.nat(4)), async (story, choices) => {
      const run = await play({ ...story, happenings: [] }, () => {});
      await run.converge(60);
      run.delete(30);
      await run.look();
      const order = [...(run.pod.spec.initContainers ?? []).map(({ name }) => name).reverse()];
      await end(run, choices, () => {
        const live = new Set(run.observed.containers.filter(isLive).map(({ name }) => name));
        const main = [...live].some((name) => name.startsWith('app'));
        const gone = order.findLastIndex((name) => !name.startsWith('i') && !live.has(name));
        const early = gone >= 0 && (main || order.slice(0, gone).some((name) => live.has(name)));
        if (early) throw new Error(`${order[gone]} ended before ${[...live]}`);
      });
    }),
    { numRuns: 200 },
  );
  t.pass();
});

test('a pod that has ended never starts anything again', async (t) => {
  const ended = new Map<PodRun, number>();
  const quiet = aStory.map((story) => ({
    ...story,
    happenings: story.happenings.filter(({ what }) => what !== 'new-image'),
  }));
  await always((run) => {
    const before = ended.get(run);
    if (before !== undefined && run.started.length > before) throw new Error(`started ${run.started.slice(before)}`);
    if (run.observed !== nothingObserved && run.outcome !== undefined) ended.set(run, before ?? run.started.length);
  }, quiet);
  t.pass();
});

test('a pod that was deleted by force ends within two seconds, whatever its own grace period is', async (t) => {
  const run = new Run(plain);
  await run.converge(20);
  t.like(nextSteps(undefined, run.state, run.now)[0], { do: 'stop-container', seconds: 2 });
});

for (const message of [
  'failed to create containerd task: failed to create shim task: context canceled: unknown',
  'failed to create containerd task: failed to start shim: start failed: : signal: killed: unknown',
]) {
  test(`a start that was given up because the agent was killed is no attempt, and fails no pod: ${message}`, async (t) => {
    const run = new Run({ ...plain, policy: 'Never' });
    await run.converge(20);
    const [live] = run.cri.running();
    t.truthy(live);
    if (live === undefined) return;
    const ended = { ...live, state: 'exited' as const, exitCode: 128, reason: 'StartError', startedAt: 0, message };
    run.cri.containers.set(live.id, ended);
    await run.look();
    t.is(run.outcome, undefined);
    await run.converge(20);
    t.deepEqual(
      run.cri.running().map(({ attempt }) => attempt),
      [0],
    );
  });
}

test('what can not be ended is tried again with growing pauses, also while the pod is wanted', async (t) => {
  const run = new Run(plain);
  await run.converge(20);
  run.cri.failing = (method) => (method === 'stopContainer' ? new CriError('failed', 'no') : undefined);
  await run.happen({ what: 'new-image', index: 0 });
  await run.step();
  t.deepEqual(run.steps, [{ do: 'wait', until: run.now + 1000 }]);
});

test('a sidecar that ends is started again although the pod never restarts, and a done pod ends its sidecars', async (t) => {
  const run = new Run({ ...plain, policy: 'Never', inits: ['s'] });
  await run.converge(20);
  const live = () => run.cri.running().map(({ name, attempt }) => `${name} ${attempt}`);
  const exit = async (name: string, code: number) => {
    run.cri.exit(run.cri.running().find((one) => one.name === name)?.id ?? '', code);
    await run.look();
    await run.converge(20);
  };
  await exit('s0', 1);
  t.deepEqual(live().sort(), ['app0 0', 's0 1']);
  await exit('app0', 0);
  t.deepEqual(live(), []);
  t.like(run.outcome, { phase: 'Succeeded' });
});
