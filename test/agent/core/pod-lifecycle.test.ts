import test from 'ava';
import fc from 'fast-check';
import { execute } from '../../../src/agent/actors/execute.ts';
import type { ImagesMessage } from '../../../src/agent/actors/images.ts';
import { inspect } from '../../../src/agent/actors/inspect.ts';
import type { Work } from '../../../src/agent/actors/step-work.ts';
import { nothingObserved, type ObservedPod } from '../../../src/agent/core/observed-pod.ts';
import { outcomeOf } from '../../../src/agent/core/outcome.ts';
import { podNameOf } from '../../../src/agent/core/pod-labels.ts';
import { nextSteps } from '../../../src/agent/core/pod-lifecycle.ts';
import { newMemory, withFailure } from '../../../src/agent/core/pod-memory.ts';
import { recordExits } from '../../../src/agent/core/restart.ts';
import type { Step } from '../../../src/agent/core/steps.ts';
import { CriError } from '../../../src/agent/ports/cri.ts';
import type { Ref } from '../../../src/common/actor/types.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import { everyCgroup, FakeCgroups } from '../../support/fake-cgroups.ts';
import { FakeCri } from '../../support/fake-cri.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { FakePodFiles } from '../../support/fake-pod-files.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

/** What may happen between two looks. */
type Happening =
  | { readonly what: 'exit'; readonly index: number; readonly code: number }
  | { readonly what: 'lose-sandbox' }
  | { readonly what: 'fail' | 'lose-answer' }
  | { readonly what: 'agent-restarts' }
  | { readonly what: 'later'; readonly seconds: number }
  | { readonly what: 'new-image'; readonly index: number }
  | { readonly what: 'delete' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('exit' as const), index: fc.nat(4), code: fc.constantFrom(0, 1) }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'lose-sandbox' as const }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('fail' as const, 'lose-answer' as const) }) },
  { weight: 1, arbitrary: fc.constant({ what: 'agent-restarts' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('later' as const), seconds: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('new-image' as const), index: fc.nat(2) }) },
);
const aStory = fc.record({
  policy: fc.constantFrom('Always' as const, 'OnFailure' as const, 'Never' as const),
  inits: fc.integer({ min: 0, max: 2 }),
  mains: fc.integer({ min: 1, max: 3 }),
  happenings: fc.array(happening, { maxLength: 40 }),
});
type Story = typeof aStory extends fc.Arbitrary<infer T> ? T : never;

/** A pod on a fake runtime, moved one step at a time as the worker moves it. */
class Run {
  now = 1_767_225_600_000;
  readonly cri = new FakeCri(() => this.now);
  readonly files = new FakePodFiles();
  readonly started: string[] = [];
  pod: Pod;
  observed: ObservedPod = nothingObserved;
  memory = newMemory(this.now);
  #fault: 'fail' | 'lose-answer' | undefined;

  constructor({ policy, inits, mains }: Story) {
    const named = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, i) => aContainer(`${prefix}${i}`));
    this.pod = aPod('web', {
      spec: { restartPolicy: policy, initContainers: named('init', inits), containers: named('app', mains) },
    });
    for (const tag of ['1', '2']) this.cri.addImage(`registry.test/app:${tag}`);
    this.cri.exits = ({ name }) => (name.startsWith('init') ? 0 : undefined);
    const fault = (kind: 'fail' | 'lose-answer') => (method: string) => {
      if (this.#fault !== kind || method.startsWith('list') || method.endsWith('Status')) return undefined;
      this.#fault = undefined;
      return new CriError('timeout', `${method} did not answer`);
    };
    this.cri.failing = fault('fail');
    this.cri.losing = fault('lose-answer');
  }

  get steps(): readonly Step[] {
    return nextSteps({ pod: this.pod, inputs: '', volumes: '' }, this.observed, this.memory, this.now);
  }

  async look(): Promise<void> {
    const listing = { sandboxes: await this.cri.listSandboxes(), containers: await this.cri.listContainers() };
    this.observed = await inspect(this, podNameOf(this.pod), listing, this.observed);
    this.memory = recordExits(this.memory, this.observed);
  }

  /** Takes the first step; answers whether there was one to take now. */
  async step(): Promise<boolean> {
    const [step] = this.steps;
    if (step === undefined || step.do === 'wait') return false;
    if (step.do === 'start-container') this.started.push(step.container);
    const { cri, files, pod, observed, memory } = this;
    const images = {
      path: '/images',
      tell: () => true,
      ask: async ({ reference }: { reference: string }) => ({
        ok: true,
        id: await cri.pullImage(reference),
        millis: 1,
      }),
    } as unknown as Ref<ImagesMessage>;
    const work: Work = {
      ...{
        cgroups: new FakeCgroups(),
        cri,
        files,
        pod,
        observed,
        memory,
        images,
        host: fakeHost,
        name: podNameOf(pod),
      },
      inputs: { configMap: () => undefined, secret: () => undefined },
      node: { name: 'pi-7', ips: [], memoryBytes: 8 * 1024 ** 3, allocatable: {}, cgroups: everyCgroup },
      event: () => {},
    };
    const result = await execute(step, work);
    if (result.ok) {
      this.observed = result.observed;
      this.memory = recordExits(result.memory, this.observed);
    } else {
      const { slot, reason, message, delay } = result;
      this.memory = withFailure(this.memory, slot, { reason, message, inputs: '' }, this.now, delay);
      await this.look();
    }
    return true;
  }

  async happen(event: Happening): Promise<void> {
    const live = this.cri.running();
    if (event.what === 'exit') {
      const victim = live[event.index % Math.max(1, live.length)];
      if (victim) this.cri.exit(victim.id, event.code);
    } else if (event.what === 'lose-sandbox') {
      for (const { id, ready } of this.cri.sandboxes.values()) if (ready) this.cri.loseSandbox(id);
    } else if (event.what === 'agent-restarts') {
      this.observed = nothingObserved;
      this.memory = newMemory(this.now);
    } else if (event.what === 'later') {
      this.now += event.seconds * 1000;
    } else if (event.what === 'new-image') {
      this.#newImage(event.index);
    } else if (event.what === 'delete') {
      this.delete();
    } else {
      this.#fault = event.what;
    }
    await this.look();
  }

  delete(): void {
    const metadata = {
      ...this.pod.metadata,
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    };
    this.pod = { ...this.pod, metadata };
  }

  #newImage(index: number): void {
    const containers = this.pod.spec.containers.map((container, i) =>
      i === index ? { ...container, image: 'registry.test/app:2' } : container,
    );
    this.pod = { ...this.pod, spec: { ...this.pod.spec, containers } };
  }

  /** Steps until there is nothing more to do, passing over waits; answers with how many steps that took. */
  async converge(limit: number): Promise<number> {
    for (let taken = 0; taken < limit; taken += 1) {
      if (await this.step()) continue;
      const [wait] = this.steps;
      if (wait?.do !== 'wait') return taken;
      this.now = Math.max(this.now + 1, wait.until);
    }
    throw new Error(`still busy after ${limit} steps: ${JSON.stringify(this.steps)}`);
  }
}

/** Plays a story, checking after every step. */
async function play(story: Story, check: (run: Run) => void): Promise<Run> {
  const run = new Run(story);
  for (const event of story.happenings) {
    await run.step();
    check(run);
    await run.happen(event);
    check(run);
  }
  return run;
}

test('there are never two live containers for one slot, nor two ready sandboxes with live containers', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, async (story) => {
      await play(story, ({ cri }) => {
        const names = cri.running().map(({ name }) => name);
        if (new Set(names).size !== names.length) throw new Error(`two live containers: ${names}`);
        const boxes = new Set(cri.running().map(({ sandboxId }) => sandboxId));
        if (boxes.size > 1) throw new Error('live containers in two sandboxes');
      });
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('a pod comes to what is wanted in bounded steps, whatever has happened', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, async (story) => {
      const run = await play(story, () => {});
      await run.look();
      await run.converge(60);
      const outcome = outcomeOf(run.pod, run.observed);
      const running = new Set(run.cri.running().map(({ name }) => name));
      if (outcome !== undefined) {
        if (running.size > 0) throw new Error(`the pod has ${outcome} and still runs ${[...running]}`);
        return;
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

test('nothing of a deleted pod is started, and nothing of it is left', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, async (story) => {
      const run = await play(story, () => {});
      run.delete();
      await run.look();
      const before = run.started.length;
      for (let taken = 0; run.steps[0]?.do !== 'remove-files'; taken += 1) {
        if (taken > 30) throw new Error(`not gone: ${JSON.stringify(run.steps)}`);
        if (!(await run.step())) run.now += 60_000;
      }
      if (run.started.length > before) throw new Error(`started ${run.started.slice(before)}`);
      if (run.cri.sandboxes.size + run.cri.containers.size > 0) throw new Error('something is left');
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('a pod that has ended never starts anything again', async (t) => {
  await fc.assert(
    fc.asyncProperty(aStory, async (story) => {
      let ended: number | undefined;
      const quiet = story.happenings.filter(({ what }) => what !== 'new-image');
      await play({ ...story, happenings: quiet }, (run) => {
        if (ended !== undefined && run.started.length > ended) throw new Error(`started ${run.started.slice(ended)}`);
        if (run.observed !== nothingObserved && outcomeOf(run.pod, run.observed)) ended ??= run.started.length;
      });
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('after its clock was put back a device starts containers at once, and not when the clock has caught up', async (t) => {
  const run = new Run({ policy: 'Always', inits: 0, mains: 1, happenings: [] });
  await run.converge(20);
  for (const code of [1, 2, 3]) {
    await run.happen({ what: 'exit', index: 0, code });
    if (run.steps[0]?.do !== 'wait') await run.converge(20);
  }
  await run.happen({ what: 'exit', index: 0, code: 1 });
  t.is(run.steps[0]?.do, 'wait');
  run.now = 0;
  t.is(run.steps[0]?.do, 'pull-image');
});

test('a failure of the future blocks nothing', (t) => {
  const failed = { reason: 'FailedKillPod', message: 'no room', inputs: '' };
  const later = 1_800_000_000_000;
  const memory = withFailure(newMemory(0), 'removal', failed, later, () => 60_000);
  t.is(nextSteps(undefined, nothingObserved, memory, later + 1)[0]?.do, 'wait');
  t.is(nextSteps(undefined, nothingObserved, memory, 0)[0]?.do, 'remove-files');
});

test('a pod that was deleted by force ends within two seconds, whatever its own grace period is', async (t) => {
  const run = new Run({ policy: 'Always', inits: 0, mains: 1, happenings: [] });
  await run.converge(20);
  const [step] = nextSteps(undefined, run.observed, run.memory, run.now);
  t.like(step, { do: 'stop-containers', graceSeconds: 2 });
});

for (const message of [
  'failed to create containerd task: failed to create shim task: context canceled: unknown',
  'failed to create containerd task: failed to start shim: start failed: : signal: killed: unknown',
]) {
  test(`a start that was given up because the agent was killed is no attempt, and fails no pod: ${message}`, async (t) => {
    const run = new Run({ policy: 'Never', inits: 0, mains: 1, happenings: [] });
    await run.converge(20);
    const [live] = run.cri.running();
    t.truthy(live);
    if (live === undefined) return;
    const ended = { ...live, state: 'exited' as const, exitCode: 128, reason: 'StartError', startedAt: 0, message };
    run.cri.containers.set(live.id, ended);
    await run.look();
    t.is(outcomeOf(run.pod, run.observed), undefined);
    await run.converge(20);
    t.deepEqual(
      run.cri.running().map(({ attempt }) => attempt),
      [0],
    );
  });
}

test('what can not be ended is tried again with growing pauses, also while the pod is wanted', async (t) => {
  const run = new Run({ policy: 'Always', inits: 0, mains: 1, happenings: [] });
  await run.converge(20);
  run.cri.failing = (method) => (method === 'stopContainer' ? new CriError('failed', 'no') : undefined);
  await run.happen({ what: 'new-image', index: 0 });
  await run.step();
  t.deepEqual(run.steps, [{ do: 'wait', until: run.now + 1000 }]);
});
