/** What the runtime has of one pod, and questions about it. */

import type { RuntimeContainerStatus, SandboxStatus } from './runtime-model.ts';

export type ObservedPod = {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly RuntimeContainerStatus[];
};

export const nothingObserved: ObservedPod = { sandboxes: [], containers: [] };

/** The newest sandbox that is ready. */
export function readySandbox(observed: ObservedPod): SandboxStatus | undefined {
  return observed.sandboxes
    .filter((sandbox) => sandbox.ready)
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

/** In containerd's words: its own wait ended, or that of the shim which it was starting. */
const givenUp = /context canceled|failed to start shim: start failed: .*signal: killed/s;

/**
 * Whether a container's start was given up because whoever asked for it went away, as an agent does that is killed. containerd
 * calls that an exit with an error of the start; but nothing of the pod is at fault, and it counts as no attempt.
 */
export function startGivenUp({ state, reason, message }: RuntimeContainerStatus): boolean {
  return state === 'exited' && reason === 'StartError' && givenUp.test(message);
}
