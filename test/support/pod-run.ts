/** A pod on a fake runtime that a test moves step by step, and stories of what may happen to it on the way. */

import fc from 'fast-check';
import type { ImagesMessage } from '../../src/agent/actors/images/images.ts';
import { execute } from '../../src/agent/actors/pod/execute.ts';
import { inspect } from '../../src/agent/actors/pod/inspect.ts';
import type { Work } from '../../src/agent/actors/pod/step-work.ts';
import type { ContainerHealth } from '../../src/agent/core/pod/container-health.ts';
import { isLive, nothingObserved, type PodState } from '../../src/agent/core/pod/observed-pod.ts';
import { outcomeOf } from '../../src/agent/core/pod/outcome.ts';
import { podNameOf } from '../../src/agent/core/pod/pod-labels.ts';
import { nextSteps } from '../../src/agent/core/pod/pod-lifecycle.ts';
import { newMemory, withFailure } from '../../src/agent/core/pod/pod-memory.ts';
import { recordRuns } from '../../src/agent/core/pod/runs.ts';
import type { Step } from '../../src/agent/core/pod/steps.ts';
import { begun } from '../../src/agent/core/pod/stopping.ts';
import { CriError } from '../../src/agent/ports/cri.ts';
import { FakeClock } from '../../src/common/actor/fake-clock.ts';
import type { Ref } from '../../src/common/actor/types.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import { FakeCgroups } from './fake-cgroups.ts';
import { FakeChecks } from './fake-checks.ts';
import { FakeCri } from './fake-cri.ts';
import { fakeHost } from './fake-host.ts';
import { FakeLogs } from './fake-logs.ts';
import { FakePodFiles } from './fake-pod-files.ts';
import { aNode } from './node-builder.ts';
import { aContainer, aPod, aProbe } from './pod-builder.ts';

/** What may happen between two looks. */
type Happening =
  | { readonly what: 'exit'; readonly index: number; readonly code: number }
  | { readonly what: 'lose-sandbox' | 'fail' | 'lose-answer' | 'agent-restarts' | 'delete' }
  | { readonly what: 'later'; readonly seconds: number }
  | { readonly what: 'new-image' | 'unhealthy' | 'started'; readonly index: number };

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
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constantFrom('new-image', 'unhealthy', 'started'), index: fc.nat(4) }),
  },
);
export const aStory = fc.record({
  policy: fc.constantFrom('Always' as const, 'OnFailure' as const, 'Never' as const),
  /** `s` a sidecar, `S` one with a startup probe, `i` one that ends. */
  inits: fc.array(fc.constantFrom('s' as const, 'S' as const, 'i' as const), { maxLength: 3 }),
  mains: fc.integer({ min: 1, max: 3 }),
  hooks: fc.boolean(),
  happenings: fc.array(happening, { maxLength: 40 }),
});
export type Story = typeof aStory extends fc.Arbitrary<infer T> ? T : never;
export const plain: Story = { policy: 'Always', inits: [], mains: 1, hooks: false, happenings: [] };

/** A pod on a fake runtime, moved one step at a time as the worker moves it. */
export class PodRun {
  now = 1_767_225_600_000;
  readonly cri = new FakeCri(() => this.now);
  readonly files = new FakePodFiles();
  readonly logs = new FakeLogs();
  readonly started: string[] = [];
  /** Of all stops: when the container is killed at the latest. */
  readonly stopped: { readonly id: string; readonly at: number; readonly killedAt: number }[] = [];
  pod: Pod;
  state: PodState = { observed: nothingObserved, memory: newMemory(this.now) };
  #fault: 'fail' | 'lose-answer' | undefined;

  constructor({ policy, inits, mains, hooks }: Story) {
    const exec = { exec: { command: ['true'] } };
    const change = hooks ? { lifecycle: { postStart: exec, preStop: exec } } : {};
    const initContainers = inits.map((kind, i) =>
      aContainer(`${kind}${i}`, {
        ...(kind === 'i' ? {} : { restartPolicy: 'Always' as const, ...change }),
        ...(kind === 'S' ? { startupProbe: aProbe() } : {}),
      }),
    );
    const containers = Array.from({ length: mains }, (_, i) => aContainer(`app${i}`, change));
    this.pod = aPod('web', { spec: { restartPolicy: policy, initContainers, containers } });
    for (const tag of ['1', '2']) this.cri.addImage(`registry.test/app:${tag}`);
    this.cri.exits = ({ name }) => (name.startsWith('i') ? 0 : undefined);
    const fault = (kind: 'fail' | 'lose-answer') => (method: string) => {
      if (this.#fault !== kind || method.startsWith('list') || method.endsWith('Status')) return undefined;
      this.#fault = undefined;
      return new CriError('timeout', `${method} did not answer`);
    };
    this.cri.failing = fault('fail');
    this.cri.losing = fault('lose-answer');
  }

  get observed() {
    return this.state.observed;
  }

  get steps(): readonly Step[] {
    return nextSteps({ pod: this.pod, inputs: '', volumes: '' }, this.state, this.now);
  }

  get outcome() {
    return outcomeOf(this.pod, this.state, this.now);
  }

  #note(state: PodState): void {
    const moment = { now: this.now, wall: this.now, before: undefined };
    this.state = { ...state, memory: recordRuns(state.memory, state.observed, moment) };
  }

  async look(): Promise<void> {
    const listing = { sandboxes: await this.cri.listSandboxes(), containers: await this.cri.listContainers() };
    const observed = await inspect(this, podNameOf(this.pod), listing, this.observed);
    this.#note({ ...this.state, observed });
  }

  /** Takes one of the steps, the first unless told otherwise; answers whether there was one to take now. */
  async step(index = 0): Promise<boolean> {
    const actions = this.steps.filter((one) => one.do !== 'wait');
    const step = actions[index % Math.max(1, actions.length)];
    if (step === undefined) return false;
    if (step.do === 'start-container') this.started.push(step.container);
    if (step.do === 'stop-container') {
      this.stopped.push({ id: step.id, at: this.now, killedAt: this.now + step.seconds * 1000 });
    }
    const { cri, files, logs, pod, state } = this;
    const images = {
      path: '/images',
      tell: () => true,
      ask: async ({ reference }: { reference: string }) => ({
        ok: true,
        id: await cri.pullImage(reference),
        millis: 1,
      }),
    } as unknown as Ref<ImagesMessage>;
    const clock = new FakeClock(this.now);
    const work: Work = {
      ...{ cri, files, logs, pod, state, images, host: fakeHost, name: podNameOf(pod) },
      ...{ cgroups: new FakeCgroups(), checks: new FakeChecks(clock), clock },
      inputs: { configMap: () => undefined, secret: () => undefined },
      rejection: undefined,
      node: aNode(),
      signal: new AbortController().signal,
      event: () => {},
    };
    this.state = { ...state, memory: begun(state.memory, step) };
    const result = await execute(step, work);
    if (result.ok) {
      this.#note(result.change(this.state));
    } else {
      const { slot, reason, message, delay } = result;
      const memory = withFailure(this.state.memory, slot, { reason, message, inputs: '' }, this.now, delay);
      this.state = { ...this.state, memory };
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
      this.state = { observed: nothingObserved, memory: newMemory(this.now) };
    } else if (event.what === 'later') {
      this.now += event.seconds * 1000;
    } else if (event.what === 'new-image') {
      this.#newImage(event.index);
    } else if (event.what === 'unhealthy' || event.what === 'started') {
      this.#probed(event.index, event.what);
    } else if (event.what === 'delete') {
      this.delete(30);
    } else {
      this.#fault = event.what;
    }
    await this.look();
  }

  delete(deletionGracePeriodSeconds: number): void {
    const deletionTimestamp = '2026-01-01T00:00:30Z';
    const metadata = { ...this.pod.metadata, deletionTimestamp, deletionGracePeriodSeconds };
    this.pod = { ...this.pod, metadata };
  }

  #newImage(index: number): void {
    const containers = this.pod.spec.containers.map((container, i) =>
      i === index ? { ...container, image: 'registry.test/app:2' } : container,
    );
    this.pod = { ...this.pod, spec: { ...this.pod.spec, containers } };
  }

  #probed(index: number, what: 'unhealthy' | 'started'): void {
    const live = this.observed.containers.filter(isLive);
    const one = live[index % Math.max(1, live.length)];
    if (one === undefined) return;
    const failed = { failed: { probe: 'liveness' as const, message: 'no' } };
    const health = { id: one.id, started: true, ready: true, ...(what === 'unhealthy' ? failed : {}) };
    this.#healthIs(one.name, health);
  }

  /** Tells that every startup probe has succeeded. */
  startUp(): void {
    for (const { id, name } of this.observed.containers.filter(isLive)) {
      const health = { id, started: true, ready: true };
      this.#healthIs(name, health);
    }
  }

  #healthIs(name: string, health: ContainerHealth): void {
    const { memory } = this.state;
    this.state = { ...this.state, memory: { ...memory, health: { ...memory.health, [name]: health } } };
  }

  /** Steps until there is nothing more to do, passing over waits; answers with how many steps that took. */
  async converge(limit: number): Promise<number> {
    for (let taken = 0; taken < limit; taken += 1) {
      if (await this.step()) continue;
      this.startUp();
      const [first] = this.steps;
      if (first === undefined) return taken;
      if (first.do !== 'wait') continue;
      const wait = first;
      this.now = Math.max(this.now + 1, wait.until);
    }
    throw new Error(`still busy after ${limit} steps: ${JSON.stringify(this.steps)}`);
  }
}

/** Plays a story, checking after every step. */
export async function play(story: Story, check: (run: PodRun) => void): Promise<PodRun> {
  const run = new PodRun(story);
  for (const event of story.happenings) {
    await run.step();
    check(run);
    await run.happen(event);
    check(run);
  }
  return run;
}
