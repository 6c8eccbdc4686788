/** What the runtime has of one pod, and questions about it. */

import type { Pod } from '../../../common/model/pod.ts';
import type { RuntimeContainerStatus, SandboxStatus } from '../runtime-model.ts';
import type { PodMemory } from './pod-memory.ts';

export type ObservedPod = {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly RuntimeContainerStatus[];
};
/** All that is known of a pod. */
export type PodState = { readonly observed: ObservedPod; readonly memory: PodMemory };

export const nothingObserved: ObservedPod = { sandboxes: [], containers: [] };

/** The newest sandbox that is ready, and has the network that the pod wants: with another one all is made anew. */
export function readySandbox(pod: Pod, observed: ObservedPod): SandboxStatus | undefined {
  const hostNetwork = pod.spec.hostNetwork ?? false;
  return observed.sandboxes
    .filter((box) => box.ready && box.hostNetwork === hostNetwork && (hostNetwork || box.ips.length > 0))
    .reduce<SandboxStatus | undefined>(
      (newest, sandbox) => (newest === undefined || sandbox.attempt >= newest.attempt ? sandbox : newest),
      undefined,
    );
}

/** All attempts at a container, newest first. */
export function attemptsOf(observed: ObservedPod, name: string): readonly RuntimeContainerStatus[] {
  return observed.containers
    .filter((container) => container.name === name)
    .sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt);
}

export function newestOf(observed: ObservedPod, name: string): RuntimeContainerStatus | undefined {
  return attemptsOf(observed, name)[0];
}

/** Whether a process may be behind it. What the runtime does not know is taken for alive. */
export function isLive(container: RuntimeContainerStatus): boolean {
  return container.state === 'running' || container.state === 'unknown';
}

/** With another status in the place of that of the same container, or added. */
export function withContainer(observed: ObservedPod, status: RuntimeContainerStatus): ObservedPod {
  const others = observed.containers.filter(({ id }) => id !== status.id);
  return { ...observed, containers: [...others, status] };
}

/** In containerd's words: its own wait ended, or that of the shim which it was starting. */
const givenUp = /context canceled|failed to start shim: start failed: .*signal: killed/s;

/**
 * Whether a container's start was given up because whoever asked for it went away, as an agent does that is killed. containerd
 * calls that an exit with an error of the start; but nothing of the pod is at fault, and it counts as no attempt.
 */
export function startGivenUp({ state, reason, message }: RuntimeContainerStatus): boolean {
  return state === 'exited' && reason === 'StartError' && givenUp.test(message);
}
