/**
 * What to do next for a pod, from what is wanted and what is there. The worker does the first step, looks again and asks
 * again; so no plan outlives a failure. Stopping comes before starting: a slot never has two live containers.
 */

import type { Millis } from '../../common/lib/time.ts';
import type { Container } from '../../common/model/container.ts';
import { attemptsOf, isLive, newestOf, type ObservedPod, readySandbox } from './observed-pod.ts';
import { isChanged, outcomeOf } from './outcome.ts';
import { containerInputs, containerSlot, type PodMemory, retryAt, unlessPutBack } from './pod-memory.ts';
import { gracePeriod, removalSteps } from './pod-removal.ts';
import { restartDelay, restarts } from './restart.ts';
import type { RuntimeContainerStatus, SandboxStatus } from './runtime-model.ts';
import type { Step } from './steps.ts';
import { errorShownUntil } from './waiting.ts';
import type { WantedPod } from './wanted-pod.ts';

/** `wanted` is undefined for a pod that nobody wants any more. Empty: nothing to do until something changes. */
export function nextSteps(
  wanted: WantedPod | undefined,
  observed: ObservedPod,
  memory: PodMemory,
  now: Millis,
): readonly Step[] {
  const ending = wanted === undefined || wanted.pod.metadata.deletionTimestamp !== undefined;
  const ends = ending ? removalSteps(wanted?.pod, observed) : tidySteps(wanted, observed);
  if (ending || ends.length > 0) {
    const until = removalAt(memory, now);
    return until > now ? [{ do: 'wait', until }] : ends;
  }
  if (outcomeOf(wanted.pod, observed) !== undefined) return [];
  const starts = startSteps(wanted, observed, memory, now);
  const actions = starts.filter((step) => step.do !== 'wait');
  return actions.length > 0 ? actions : earliest(starts);
}

/** When something may be ended again after that has failed. */
function removalAt(memory: PodMemory, now: Millis): Millis {
  const blocked = memory.failures['removal'];
  return blocked === undefined ? 0 : unlessPutBack(blocked.at, blocked.retryAt, now);
}

/** Ends what must not be: before anything is started. */
function tidySteps({ pod }: WantedPod, observed: ObservedPod): readonly Step[] {
  const ended = outcomeOf(pod, observed) !== undefined;
  const sandbox = ended ? undefined : readySandbox(observed);
  const graceSeconds = gracePeriod(pod, observed);
  const stray = observed.containers.filter(
    (container) => isLive(container) && !belongs(pod, observed, sandbox, container),
  );
  if (stray.length > 0) {
    return [{ do: 'stop-containers', ids: stray.map(({ id }) => id), graceSeconds, why: whyStopped(sandbox) }];
  }
  const unstarted = observed.containers.filter(({ state }) => state === 'created');
  if (unstarted.length > 0) return [{ do: 'remove-containers', ids: unstarted.map(({ id }) => id) }];
  const other = observed.sandboxes.find(({ ready, id }) => ready && id !== sandbox?.id);
  if (other !== undefined) return [{ do: 'stop-sandbox', id: other.id }];
  return historySteps(observed);
}

const whyStopped = (sandbox: SandboxStatus | undefined) =>
  sandbox === undefined ? 'its pod sandbox is not ready' : 'its definition changed, or it is not wanted';

/** Whether a live container is the one of its slot, in the right sandbox and of the wanted spec. */
function belongs(
  pod: WantedPod['pod'],
  observed: ObservedPod,
  sandbox: SandboxStatus | undefined,
  container: RuntimeContainerStatus,
): boolean {
  if (container.state === 'unknown' || container.sandboxId !== sandbox?.id) return false;
  if (newestOf(observed, container.name)?.id !== container.id) return false;
  const main = pod.spec.containers.find(({ name }) => name === container.name);
  if (main !== undefined) return !isChanged(main, container);
  return (pod.spec.initContainers ?? []).some(({ name }) => name === container.name);
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

/** Volumes, then images, then the sandbox, then the containers that are due. */
function startSteps(wanted: WantedPod, observed: ObservedPod, memory: PodMemory, now: Millis): readonly Step[] {
  const volumes = volumeSteps(wanted, memory, now);
  if (volumes.length > 0 && (memory.volumes === undefined || volumes[0]?.do !== 'wait')) return volumes;
  const sandbox = readySandbox(observed);
  const due = dueContainers(wanted, observed, memory, now);
  const waits: Step[] = [...volumes, ...due.flatMap((slot) => waitFor(slot, memory, now))];
  const ready = due.filter(({ at }) => at <= now);
  const pulls = ready.filter(({ spec, attempt }) => {
    const image = memory.images[spec.name];
    return image?.attempt !== attempt || image.reference !== spec.image;
  });
  const pullSteps = pulls.map(({ spec, attempt }): Step => ({ do: 'pull-image', container: spec.name, attempt }));
  const startable = ready.filter((slot) => !pulls.includes(slot));
  if (startable.length === 0) return [...pullSteps, ...waits];
  if (sandbox === undefined) return [...pullSteps, ...sandboxSteps(wanted, observed, memory, now)];
  const starts = startable.map(
    ({ spec, attempt }): Step => ({ do: 'start-container', container: spec.name, attempt, sandboxId: sandbox.id }),
  );
  return [...starts, ...pullSteps, ...waits];
}

function volumeSteps(wanted: WantedPod, memory: PodMemory, now: Millis): readonly Step[] {
  if (memory.volumes?.version === wanted.volumes) return [];
  const until = retryAt(memory, 'volumes', wanted.inputs, now);
  return until > now ? [{ do: 'wait', until }] : [{ do: 'prepare-volumes', version: wanted.volumes }];
}

function sandboxSteps(wanted: WantedPod, observed: ObservedPod, memory: PodMemory, now: Millis): readonly Step[] {
  const until = retryAt(memory, 'sandbox', wanted.inputs, now);
  if (until > now) return [{ do: 'wait', until }];
  return [{ do: 'create-sandbox', attempt: Math.max(-1, ...observed.sandboxes.map(({ attempt }) => attempt)) + 1 }];
}

/** A container that shall be started, as which attempt, and not before when. */
type Due = { readonly spec: Container; readonly attempt: number; readonly at: Millis };

/** The next init container, or when all of them are done every container that does not run and should. */
function dueContainers(wanted: WantedPod, observed: ObservedPod, memory: PodMemory, now: Millis): readonly Due[] {
  const { pod, inputs } = wanted;
  const sandbox = readySandbox(observed);
  const due = (spec: Container, exitDelay: boolean): Due => {
    const newest = newestOf(observed, spec.name);
    const delay = restartDelay(memory.exits[spec.name]?.count ?? 1);
    const restartAt = newest && exitDelay ? unlessPutBack(newest.finishedAt, newest.finishedAt + delay, now) : 0;
    const at = Math.max(restartAt, retryAt(memory, containerSlot(spec.name), containerInputs(inputs, spec.image), now));
    return { spec, attempt: newest === undefined ? 0 : newest.attempt + 1, at };
  };
  const init = nextInit(wanted, observed, sandbox);
  if (init !== undefined) {
    const newest = newestOf(observed, init.name);
    return newest !== undefined && isLive(newest) ? [] : [due(init, newest?.sandboxId === sandbox?.id)];
  }
  return pod.spec.containers.flatMap((spec): Due[] => {
    const newest = newestOf(observed, spec.name);
    if (newest === undefined) return [due(spec, false)];
    if (isLive(newest)) return [];
    if (isChanged(spec, newest)) return [due(spec, false)];
    return restarts(pod.spec.restartPolicy, newest.exitCode) ? [due(spec, true)] : [];
  });
}

/** The first init container that has not succeeded in this sandbox. Once a container was started, all of them have. */
export function nextInit(
  { pod }: Pick<WantedPod, 'pod'>,
  observed: ObservedPod,
  sandbox: SandboxStatus | undefined,
): Container | undefined {
  const inits = pod.spec.initContainers ?? [];
  if (sandbox === undefined) return inits[0];
  const here = observed.containers.filter(({ sandboxId }) => sandboxId === sandbox.id);
  if (here.some(({ name }) => pod.spec.containers.some((spec) => spec.name === name))) return undefined;
  return inits.find((spec) => {
    const newest = newestOf(observed, spec.name);
    return (
      newest === undefined || newest.sandboxId !== sandbox.id || newest.state !== 'exited' || newest.exitCode !== 0
    );
  });
}

/** Wakes for the next try, and before it when the reason that the status shows changes. */
function waitFor({ spec, at }: Due, memory: PodMemory, now: Millis): readonly Step[] {
  if (at <= now) return [];
  const shown = errorShownUntil(memory.failures[containerSlot(spec.name)]);
  return [{ do: 'wait', until: shown > now ? Math.min(shown, at) : at }];
}

function earliest(steps: readonly Step[]): readonly Step[] {
  const untils = steps.flatMap((step) => (step.do === 'wait' ? [step.until] : []));
  return untils.length > 0 ? [{ do: 'wait', until: Math.min(...untils) }] : [];
}
