/** The conditions of a pod, with Kubernetes' reasons and messages. */

import type { Pod } from '../../../common/model/pod.ts';
import type { ContainerStatus, PodStatus } from '../../../common/model/pod-status.ts';
import type { Finding } from './conditions.ts';
import { initContainersOf, isSidecar } from './containers.ts';
import type { PodMemory } from './pod-memory.ts';

export type PodFacts = {
  readonly pod: Pod;
  readonly sandboxReady: boolean;
  readonly initDone: boolean;
  readonly phase: PodStatus['phase'];
  readonly inits: readonly ContainerStatus[];
  readonly mains: readonly ContainerStatus[];
};
/** The node ends the pod: controllers and their policies tell that from a failure of its own. */
export function disruption({ evicted }: PodMemory): readonly Finding[] {
  if (evicted === undefined || evicted.ownFault === true) return [];
  const { message = '' } = evicted.outcome;
  return [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message }];
}

type Judgement = Omit<Finding, 'type'>;

export function podFindings(facts: PodFacts): readonly Finding[] {
  const containersReady = areContainersReady(facts);
  return [
    { type: 'PodReadyToStartContainers', status: facts.sandboxReady ? 'True' : 'False' },
    { type: 'Initialized', ...isInitialized(facts) },
    { type: 'Ready', ...isPodReady(facts.pod, containersReady) },
    { type: 'ContainersReady', ...containersReady },
    { type: 'PodScheduled', status: 'True' },
  ];
}

function areContainersReady({ pod, phase, inits, mains }: PodFacts): Judgement {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = new Set(
    initContainersOf(pod)
      .filter(isSidecar)
      .map(({ name }) => name),
  );
  const counted = [...inits.filter(({ name }) => sidecars.has(name)), ...mains];
  const unready = counted.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

/** Ready are its containers and what others say through its readiness gates; nothing that is being deleted. */
function isPodReady({ metadata, spec, status }: Pod, containersReady: Judgement): Judgement {
  if (containersReady.status !== 'True') return containersReady;
  if (metadata.deletionTimestamp !== undefined) {
    return { status: 'False', reason: 'PodTerminating', message: 'the pod is being deleted' };
  }
  const closed = (spec.readinessGates ?? []).flatMap(({ conditionType }): readonly string[] => {
    const condition = status?.conditions?.find(({ type }) => type === conditionType);
    if (condition === undefined) {
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    }
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (closed.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: closed.join(', ') };
}

function isInitialized({ pod, phase, initDone, inits }: PodFacts): Judgement {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (initDone) return { status: 'True' };
  const sidecars = new Set(
    initContainersOf(pod)
      .filter(isSidecar)
      .map(({ name }) => name),
  );
  const incomplete = inits.filter((init) => !(sidecars.has(init.name) ? init.started : init.ready));
  const message = `containers with incomplete status: [${incomplete.map(({ name }) => name).join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}
