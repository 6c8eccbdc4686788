/**
 * What to do next for a pod, from what is wanted and what is there. The worker does the first step (and at once with it those
 * that go beside others), looks again and asks again; so no plan outlives a failure. Stopping comes before starting: a slot
 * never has two live containers.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { SandboxStatus } from '../runtime-model.ts';
import { allContainersOf } from './containers.ts';
import { attemptsOf, type ObservedPod, type PodState, readySandbox } from './observed-pod.ts';
import { deadlineOf, outcomeOf } from './outcome.ts';
import { containerInputs, containerSlot, resizeSlot, retryAt } from './pod-memory.ts';
import { haltSteps, removalSteps, stopAll } from './pod-removal.ts';
import { resizeOf } from './resize.ts';
import { type Due, dueContainers } from './start-order.ts';
import type { Step } from './steps.ts';
import { stopSteps } from './stopping.ts';
import { strayContainers } from './stray.ts';
import { errorShownUntil } from './waiting.ts';
import type { WantedPod } from './wanted-pod.ts';

/** `wanted` is undefined for a pod that nobody wants any more. Empty: nothing to do until something changes. */
export function nextSteps(wanted: WantedPod | undefined, state: PodState, now: Millis): readonly Step[] {
  const ends = (steps: readonly Step[]) => (steps.length === 0 ? steps : (blocked(state, now) ?? steps));
  if (wanted === undefined || wanted.pod.metadata.deletionTimestamp !== undefined) {
    return inOrder(ends(removalSteps(wanted?.pod, state, now)));
  }
  const { pod } = wanted;
  if (state.memory.halted !== undefined) return inOrder(ends(haltSteps(pod, state, now)));
  const ended = outcomeOf(pod, state, now) !== undefined;
  const sandbox = ended ? undefined : readySandbox(pod, state.observed);
  const stops = ends(
    sandbox === undefined
      ? stopAll(pod, state, now)
      : stopSteps(strayContainers(pod, state, sandbox), pod, state, now, false),
  );
  if (sandbox === undefined && stops.length > 0) return inOrder(stops);
  const tidy = ends(tidySteps(state.observed, sandbox));
  if (tidy.length > 0) return inOrder([...stops, ...tidy]);
  if (ended) return inOrder([...stops, ...ends(lastSteps(pod, state))]);
  const goesOn = [
    ...runningSteps(wanted, state, now),
    ...startSteps(wanted, state, now),
    ...deadlineSteps(wanted, state),
  ];
  return inOrder([...stops, ...goesOn]);
}

/** What can be done now; or until when nothing can be. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const untils = steps.flatMap((step) => (step.do === 'wait' ? [step.until] : []));
  const actions = steps.filter((step) => step.do !== 'wait');
  return untils.length > 0 ? [...actions, { do: 'wait', until: Math.min(...untils) }] : actions;
}

/** Nothing is ended for a while after that has failed. */
function blocked({ memory }: PodState, now: Millis): readonly Step[] | undefined {
  const until = memory.failures['removal']?.retryAt ?? 0;
  return until > now ? [{ do: 'wait', until }] : undefined;
}

/** Removes what is left over, before anything is started. */
function tidySteps(observed: ObservedPod, sandbox: SandboxStatus | undefined): readonly Step[] {
  const unstarted = observed.containers.filter((container) => container.state === 'created');
  if (unstarted.length > 0) return [{ do: 'remove-containers', ids: unstarted.map(({ id }) => id) }];
  const other = observed.sandboxes.find(({ ready, id }) => ready && id !== sandbox?.id);
  if (other !== undefined) return [{ do: 'stop-sandbox', id: other.id }];
  return historySteps(observed);
}

/** A pod that has ended needs its volumes no more. */
function lastSteps({ spec }: WantedPod['pod'], { memory }: PodState): readonly Step[] {
  if (memory.volumesRemoved === true || (spec.volumes ?? []).length === 0) return [];
  return [{ do: 'remove-volumes', of: 'ended pod' }];
}

/** Of each container the newest and the one before are kept, for lastState and `logs --previous`. */
function historySteps(observed: ObservedPod): readonly Step[] {
  const names = new Set(observed.containers.map(({ name }) => name));
  const old = [...names].flatMap((name) => attemptsOf(observed, name).slice(2));
  if (old.length > 0) return [{ do: 'remove-containers', ids: old.map(({ id }) => id) }];
  const used = new Set(observed.containers.map(({ sandboxId }) => sandboxId));
  const newest = Math.max(...observed.sandboxes.map(({ attempt }) => attempt));
  const empty = observed.sandboxes.filter(({ ready, id, attempt }) => !ready && attempt < newest && !used.has(id));
  return empty.length > 0 ? [{ do: 'remove-sandboxes', ids: empty.map(({ id }) => id) }] : [];
}

/** For containers that run and go on running: their postStart hooks and new resources. */
function runningSteps({ pod, inputs }: WantedPod, { observed, memory }: PodState, now: Millis): readonly Step[] {
  return observed.containers.flatMap(({ id, name: container, state }): readonly Step[] => {
    const run = memory.runs[container];
    const spec = allContainersOf(pod).find((one) => one.name === container);
    if (state !== 'running' || spec === undefined || run?.id !== id) return [];
    const hooks: readonly Step[] = run.hook === 'due' ? [{ do: 'post-start', id, container }] : [];
    if (resizeOf(spec, run) !== 'in-place') return hooks;
    const until = retryAt(memory, resizeSlot(container), containerInputs(inputs, spec.image));
    return [...hooks, until > now ? { do: 'wait', until } : { do: 'resize-container', id, container }];
  });
}

/** Volumes, then images, then the sandbox, then the containers that are due. */
function startSteps(wanted: WantedPod, state: PodState, now: Millis): readonly Step[] {
  const { memory, observed } = state;
  const volumes = volumeSteps(wanted, state, now);
  if (volumes.length > 0 && (memory.volumes === undefined || volumes[0]?.do !== 'wait')) return volumes;
  const sandbox = readySandbox(wanted.pod, observed);
  const due = dueContainers(wanted, state);
  const waits: Step[] = [...volumes, ...due.flatMap((slot) => waitFor(slot, state, now))];
  const ready = due.filter(({ at }) => at <= now);
  const pulls = ready.filter(({ spec, attempt }) => {
    const image = memory.images[spec.name];
    return image?.attempt !== attempt || image.reference !== spec.image;
  });
  const pullSteps = pulls.map(({ spec: { name: container, image }, attempt }): Step => {
    return { do: 'pull-image', container, image, attempt };
  });
  const startable = ready.filter((slot) => !pulls.includes(slot));
  if (startable.length === 0) return [...pullSteps, ...waits];
  if (sandbox === undefined) return [...sandboxSteps(wanted, state, now), ...pullSteps];
  const starts = startable.map(
    ({ spec, attempt }): Step => ({ do: 'start-container', container: spec.name, attempt, sandboxId: sandbox.id }),
  );
  return [...starts, ...pullSteps, ...waits];
}

function volumeSteps(wanted: WantedPod, { memory }: PodState, now: Millis): readonly Step[] {
  if (memory.volumes?.version === wanted.volumes) return [];
  const until = retryAt(memory, 'volumes', wanted.inputs);
  return until > now ? [{ do: 'wait', until }] : [{ do: 'prepare-volumes', version: wanted.volumes }];
}

function sandboxSteps({ inputs }: WantedPod, { memory, observed }: PodState, now: Millis): readonly Step[] {
  const until = retryAt(memory, 'sandbox', inputs);
  if (until > now) return [{ do: 'wait', until }];
  return [{ do: 'create-sandbox', attempt: Math.max(-1, ...observed.sandboxes.map(({ attempt }) => attempt)) + 1 }];
}

/** Wakes for the next try, and before it when the reason that the status shows changes. */
function waitFor({ spec, at }: Due, { memory }: PodState, now: Millis): readonly Step[] {
  if (at <= now) return [];
  const shown = errorShownUntil(memory.failures[containerSlot(spec.name)]);
  return [{ do: 'wait', until: shown > now ? Math.min(shown, at) : at }];
}

function deadlineSteps({ pod }: WantedPod, { memory }: PodState): readonly Step[] {
  const until = deadlineOf(pod, memory);
  return until === undefined ? [] : [{ do: 'wait', until }];
}
