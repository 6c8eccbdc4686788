/** A pod's status, from what is observed and remembered. Pure: an unchanged pod gives an equal status. */

import { type Millis, toTimestamp } from '../../common/lib/time.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { ContainerStatus, PodStatus } from '../../common/model/pod-status.ts';
import { qosOf } from '../../common/model/qos.ts';
import { type Finding, withTransitions } from './conditions.ts';
import { containerStatus } from './container-status.ts';
import { newestOf, type ObservedPod, readySandbox } from './observed-pod.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { podNameOf } from './pod-labels.ts';
import { nextInit } from './pod-lifecycle.ts';
import type { PodMemory } from './pod-memory.ts';
import { restarts } from './restart.ts';

export type StatusInput = {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  readonly nodeIps: readonly string[];
  /** The last status that was computed, or the one that the master has. */
  readonly before: PodStatus | undefined;
  readonly now: Millis;
};

export function podStatus(input: StatusInput): PodStatus {
  const { pod, observed, memory, nodeIps, before, now } = input;
  const outcome = outcomeOf(pod, observed);
  const sandbox = readySandbox(observed);
  const initDone = nextInit({ pod }, observed, sandbox ?? observed.sandboxes.at(-1)) === undefined;
  const { inits, mains } = containerStatuses(input, outcome, initDone);
  const [hostIP] = nodeIps;
  const addresses = pod.spec.hostNetwork ? nodeIps : (sandbox?.ips ?? []);
  const podIps = addresses.length > 0 ? addresses : (before?.podIPs ?? []).map(({ ip }) => ip);
  const [podIP] = podIps;
  return {
    phase: outcome ?? phaseOf(pod, observed, initDone),
    conditions: withTransitions(
      findings(sandbox !== undefined, initDone, inits, mains, outcome),
      before?.conditions,
      now,
    ),
    ...(hostIP === undefined ? {} : { hostIP, hostIPs: nodeIps.map((ip) => ({ ip })) }),
    ...(podIP === undefined ? {} : { podIP, podIPs: podIps.map((ip) => ({ ip })) }),
    startTime: before?.startTime ?? toTimestamp(memory.takenAt),
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
    containerStatuses: mains,
    qosClass: qosOf(pod),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
}

function containerStatuses(
  { pod, observed, memory, now }: StatusInput,
  outcome: Outcome | undefined,
  initDone: boolean,
) {
  const policy = pod.spec.restartPolicy;
  const stuck = memory.failures['volumes'] ?? memory.failures['sandbox'];
  const untried = {
    reason: initDone ? 'ContainerCreating' : 'PodInitializing',
    ...(stuck === undefined ? {} : { message: stuck.message }),
  };
  const ending = outcome !== undefined || pod.metadata.deletionTimestamp !== undefined;
  const look = { name: podNameOf(pod), observed, memory, now, untried };
  const initRestarts = (exitCode: number) => !ending && policy !== 'Never' && exitCode !== 0;
  const mainRestarts = (exitCode: number) => !ending && restarts(policy, exitCode);
  return {
    inits: (pod.spec.initContainers ?? []).map((spec) =>
      containerStatus(spec, { ...look, init: true, restarts: initRestarts }),
    ),
    mains: pod.spec.containers.map((spec) => containerStatus(spec, { ...look, init: false, restarts: mainRestarts })),
  };
}

/** Pending until every container has been started once. */
function phaseOf(pod: Pod, observed: ObservedPod, initDone: boolean): PodStatus['phase'] {
  if (!initDone) return 'Pending';
  const begun = pod.spec.containers.every(({ name }) => {
    const newest = newestOf(observed, name);
    return newest !== undefined && (newest.state !== 'created' || newest.attempt > 0);
  });
  return begun ? 'Running' : 'Pending';
}

function findings(
  sandboxReady: boolean,
  initDone: boolean,
  inits: readonly ContainerStatus[],
  mains: readonly ContainerStatus[],
  outcome: Outcome | undefined,
): readonly Finding[] {
  const unready = mains.filter(({ ready }) => !ready).map(({ name }) => name);
  const why: Pick<Finding, 'reason' | 'message'> =
    outcome === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : outcome === 'Failed'
        ? { reason: 'PodFailed' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const ready: Omit<Finding, 'type'> = unready.length === 0 ? { status: 'True' } : { status: 'False', ...why };
  const incomplete = inits.filter((init) => !init.ready).map(({ name }) => name);
  const initialized: Omit<Finding, 'type'> =
    initDone || outcome === 'Succeeded'
      ? { status: 'True' }
      : {
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        };
  return [
    { type: 'PodReadyToStartContainers', status: sandboxReady ? 'True' : 'False' },
    { type: 'Initialized', ...initialized },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ];
}
