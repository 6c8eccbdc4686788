/** The live containers of a pod that must end although the pod goes on, and why, in the words of the kubelet's Events. */

import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { RuntimeContainerStatus, SandboxStatus } from '../runtime-model.ts';
import { containerNamed, isSidecar } from './containers.ts';
import { isLive, newestOf, type PodState } from './observed-pod.ts';
import { isChanged } from './outcome.ts';
import { gracePeriod } from './pod-removal.ts';
import { healthOf } from './readiness.ts';
import { resizeOf } from './resize.ts';
import type { Ending } from './stopping.ts';

export function strayContainers(pod: Pod, state: PodState, sandbox: SandboxStatus): readonly Ending[] {
  return state.observed.containers.filter(isLive).flatMap((container): readonly Ending[] => {
    const fault = faultOf(pod, state, sandbox, container);
    if (fault === undefined) return [];
    const { graceSeconds = gracePeriod(pod, state), ...ending } = fault;
    return [{ container, graceSeconds, ...ending }];
  });
}

type Fault = Pick<Ending, 'why' | 'again'> & { readonly graceSeconds?: number | undefined };

/** Why a live container is not the one of its slot: in the right sandbox, of the wanted spec and in good health. */
function faultOf(
  pod: Pod,
  { observed, memory }: PodState,
  sandbox: SandboxStatus,
  container: RuntimeContainerStatus,
): Fault | undefined {
  const { name, id } = container;
  const spec = containerNamed(pod, name);
  if (spec === undefined || container.sandboxId !== sandbox.id || newestOf(observed, name)?.id !== id) {
    return { why: `Stopping container ${name}`, again: false };
  }
  const again = (what: string, graceSeconds?: number): Fault => {
    const willRestart = isSidecar(spec) || pod.spec.restartPolicy !== 'Never';
    return { why: `Container ${name} ${what}${willRestart ? ', will be restarted' : ''}`, again: true, graceSeconds };
  };
  if (container.state === 'unknown') return again('is in unknown state');
  const run = memory.runs[name]?.id === id ? memory.runs[name] : undefined;
  if (run?.hook === 'failed') return { why: `FailedPostStartHook`, again: false };
  const running = !isInit(pod, spec) || isSidecar(spec);
  if (running && isChanged(spec, container))
    return { why: `Container ${name} definition changed, will be restarted`, again: true };
  const failed = healthOf(container, memory)?.failed;
  if (failed !== undefined) return again(`failed ${failed.probe} probe`, failed.graceSeconds);
  if (resizeOf(spec, run) === 'restart') return again('resize requires restart');
  // An end that has begun goes on, whatever becomes of its reason.
  const stop = memory.stops[id];
  return stop === undefined ? undefined : { why: `Stopping container ${name}`, again: stop.again };
}

const isInit = (pod: Pod, spec: Container) => !pod.spec.containers.includes(spec);
