/** Whether a pod has come to its end by itself, and how. A pod that has ended never starts anything again. */

import type { Container } from '../../common/model/container.ts';
import type { Pod } from '../../common/model/pod.ts';
import { containerHash } from './container-hash.ts';
import { newestOf, type ObservedPod, readySandbox } from './observed-pod.ts';
import { containerHashAnnotation } from './pod-labels.ts';
import { restarts } from './restart.ts';
import type { RuntimeContainerStatus } from './runtime-model.ts';

export type Outcome = 'Succeeded' | 'Failed';

/** Whether a container was made from another version of its spec. */
export function isChanged(spec: Container, container: RuntimeContainerStatus): boolean {
  return container.annotations[containerHashAnnotation] !== containerHash(spec);
}

/** How the pod ended, or undefined while it has something to run. */
export function outcomeOf(pod: Pod, observed: ObservedPod): Outcome | undefined {
  const known = pod.status?.phase;
  if (known === 'Succeeded' || known === 'Failed') return known;
  if (initFailed(pod, observed)) return 'Failed';
  let failed = false;
  for (const spec of pod.spec.containers) {
    const newest = newestOf(observed, spec.name);
    if (newest?.state !== 'exited') return undefined;
    if (restarts(pod.spec.restartPolicy, newest.exitCode) || isChanged(spec, newest)) return undefined;
    failed ||= newest.exitCode !== 0;
  }
  return failed ? 'Failed' : 'Succeeded';
}

/** With restartPolicy Never one failed init container fails the pod, and so does the loss of its sandbox. */
function initFailed(pod: Pod, observed: ObservedPod): boolean {
  if (pod.spec.restartPolicy !== 'Never') return false;
  const failed = (pod.spec.initContainers ?? []).some((spec) => {
    const newest = newestOf(observed, spec.name);
    return newest?.state === 'exited' && newest.exitCode !== 0;
  });
  if (failed) return true;
  const begun = observed.containers.length > 0;
  const alive = observed.containers.some((container) => container.state !== 'exited');
  return begun && !alive && readySandbox(observed) === undefined && !allEnded(pod, observed);
}

function allEnded(pod: Pod, observed: ObservedPod): boolean {
  return pod.spec.containers.every((spec) => newestOf(observed, spec.name)?.state === 'exited');
}
