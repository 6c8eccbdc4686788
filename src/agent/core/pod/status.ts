/** A pod's status, from what is observed and remembered. Pure: an unchanged pod gives an equal status. */

import { type Millis, toTimestamp } from '../../../common/lib/time.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import { qosOf } from '../../../common/model/qos.ts';
import { shutdownOutcome } from '../shutdown/shutdown-plan.ts';
import { withTransitions } from './conditions.ts';
import { containerStatus } from './container-status.ts';
import { initContainersOf, isSidecar } from './containers.ts';
import { isLive, newestOf, type ObservedPod, type PodState, readySandbox } from './observed-pod.ts';
import { outcomeOf } from './outcome.ts';
import { disruption, podFindings } from './pod-conditions.ts';
import { podNameOf } from './pod-labels.ts';
import type { Outcome } from './pod-memory.ts';
import { resizeFindings } from './resize-conditions.ts';
import { restarts } from './restart.ts';
import { initStage } from './start-order.ts';

export type StatusInput = {
  readonly pod: Pod;
  readonly state: PodState;
  readonly nodeIps: readonly string[];
  /** The last status that was computed, by an agent before this one too, or the one that the master has. */
  readonly before: PodStatus | undefined;
  readonly now: Millis;
  readonly wall: Millis;
};

export function podStatus(input: StatusInput): PodStatus {
  const { pod, state, nodeIps, before, now, wall } = input;
  const { observed, memory } = state;
  const sandbox = readySandbox(pod, observed);
  const initDone = initStage({ pod }, state, sandbox ?? observed.sandboxes.at(-1)).next === undefined;
  const outcome = outcomeOf(pod, state, now);
  // A pod has ended once nothing of it lives: its sidecars end after the others.
  const end = observed.containers.some(isLive) ? undefined : outcome;
  const phase = end?.phase ?? livePhase(input, initDone);
  const over = outcome !== undefined || memory.halted !== undefined;
  const { inits, mains } = containerStatuses(input, over, initDone);
  const [hostIP] = nodeIps;
  const addresses = pod.spec.hostNetwork ? nodeIps : (sandbox?.ips ?? []);
  const podIps = addresses.length > 0 ? addresses : (before?.podIPs ?? []).map(({ ip }) => ip);
  const [podIP] = podIps;
  const findings = podFindings({ pod, sandboxReady: sandbox !== undefined, initDone, phase, inits, mains });
  return {
    phase,
    ...whyOf(end, state),
    conditions: withTransitions(
      [...findings, ...resizeFindings(pod, memory), ...disruption(memory)],
      before?.conditions,
      wall,
    ),
    ...(hostIP === undefined ? {} : { hostIP, hostIPs: nodeIps.map((ip) => ({ ip })) }),
    ...(podIP === undefined ? {} : { podIP, podIPs: podIps.map((ip) => ({ ip })) }),
    startTime: before?.startTime ?? toTimestamp(wall),
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
    containerStatuses: end !== undefined && neverBegun(observed, before) ? [] : mains,
    qosClass: qosOf(pod),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
}

/** What a shutdown has cut is as far as it was. */
function livePhase({ pod, state, before }: StatusInput, initDone: boolean): PodStatus['phase'] {
  const wasRunning = state.memory.halted !== undefined && before?.phase === 'Running';
  return wasRunning || (initDone && hasBegun(pod, state)) ? 'Running' : 'Pending';
}

/** Also of a pod that ended with the device: it runs again after the boot. */
function whyOf(end: Outcome | undefined, { observed, memory }: PodState): Pick<PodStatus, 'reason' | 'message'> {
  const cut = memory.halted !== undefined && !observed.containers.some(isLive);
  const { reason, message } = end ?? (cut ? shutdownOutcome : {});
  return { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
}

function containerStatuses({ pod, state, now }: StatusInput, ended: boolean, initDone: boolean) {
  const { failures, runs } = state.memory;
  const stuck = failures['volumes'] ?? failures['sandbox'];
  const ending = ended || pod.metadata.deletionTimestamp !== undefined;
  const statusOf = (spec: Container, init: boolean) =>
    containerStatus(spec, {
      name: podNameOf(pod),
      state,
      now,
      untried: {
        reason: initDone ? 'ContainerCreating' : 'PodInitializing',
        ...(stuck === undefined ? {} : { message: stuck.message }),
      },
      init: init && !isSidecar(spec),
      restarts: (exitCode) => !ending && restarts(pod, spec, exitCode, runs[spec.name]),
    });
  return {
    inits: initContainersOf(pod).map((spec) => statusOf(spec, true)),
    mains: pod.spec.containers.map((spec) => statusOf(spec, false)),
  };
}

/** A pod that was refused has no containers that wait, which would say that they are still being made. */
function neverBegun({ sandboxes }: ObservedPod, before: PodStatus | undefined): boolean {
  return sandboxes.length === 0 && !before?.containerStatuses?.some(({ containerID }) => containerID !== undefined);
}

/** A pod is Pending until every container has been started once. */
function hasBegun(pod: Pod, { observed }: PodState): boolean {
  return pod.spec.containers.every(({ name }) => {
    const newest = newestOf(observed, name);
    return newest !== undefined && (newest.state !== 'created' || newest.attempt > 0);
  });
}
