/** The table of pods, with the status that kubectl computes from the states of the containers. */
import { fromTimestamp } from '../../lib/time.ts';
import type { Column } from '../kind.ts';
import type { Pod } from '../pod.ts';
import type { ContainerState, ContainerStatus } from '../pod-status.ts';
import { ageColumn, ago, nameColumn } from './cells.ts';

const holds = (pod: Pod, type: string): boolean =>
  pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

const ended = ({ reason, signal, exitCode }: NonNullable<ContainerState['terminated']>): string => {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
};

/** What holds the pod in its init containers, such as `Init:0/1` or `Init:Error`; undefined when they are done. */
function initReason(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, { state }] of statuses.entries()) {
    if (state.terminated?.exitCode === 0) continue;
    if (state.terminated) return `Init:${ended(state.terminated)}`;
    const waiting = state.waiting?.reason;
    if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${pod.spec.initContainers?.length ?? statuses.length}`;
  }
  return undefined;
}

function containersReason(pod: Pod, otherwise: string): string {
  const statuses = pod.status?.containerStatuses ?? [];
  // The first container that has something to say is the one that is shown.
  const telling = statuses.find(({ state }) => state.waiting?.reason || state.terminated);
  const reason = telling?.state.waiting?.reason ?? (telling?.state.terminated && ended(telling.state.terminated));
  const running = statuses.some(({ ready, state }) => ready && state.running);
  if (reason === 'Completed' && running) return holds(pod, 'Ready') ? 'Running' : 'NotReady';
  return reason ?? otherwise;
}

/** The STATUS cell: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`, … */
export function podStatusText(pod: Pod): string {
  const { phase = 'Pending', reason } = pod.status ?? {};
  if (pod.metadata.deletionTimestamp && phase !== 'Succeeded' && phase !== 'Failed') {
    return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  }
  const init = holds(pod, 'Initialized') ? undefined : initReason(pod);
  return init ?? containersReason(pod, reason || phase);
}

/** The restarts that the table counts: those of the init containers until these are done. */
function restartsText(pod: Pod, now: number): string {
  const initializing = !holds(pod, 'Initialized') && initReason(pod) !== undefined;
  const counted: readonly ContainerStatus[] =
    (initializing ? pod.status?.initContainerStatuses : pod.status?.containerStatuses) ?? [];
  const restarts = counted.reduce((sum, status) => sum + status.restartCount, 0);
  const ends = counted.flatMap(({ lastState }) => lastState.terminated?.finishedAt ?? []);
  const last = ends.reduce<string | undefined>(
    (latest, end) => (latest === undefined || (fromTimestamp(end) ?? 0) > (fromTimestamp(latest) ?? 0) ? end : latest),
    undefined,
  );
  return restarts > 0 && last !== undefined ? `${restarts} (${ago(last, now)} ago)` : `${restarts}`;
}

const readyText = (pod: Pod): string => {
  const ready = pod.status?.containerStatuses?.filter((status) => status.ready && status.state.running).length ?? 0;
  return `${ready}/${pod.spec.containers.length}`;
};

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  { name: 'READY', value: readyText },
  { name: 'STATUS', value: podStatusText },
  { name: 'RESTARTS', value: restartsText },
  ageColumn,
  { name: 'IP', wide: true, value: (pod) => pod.status?.podIP || '<none>' },
  { name: 'NODE', wide: true, value: (pod) => pod.spec.nodeName || '<none>' },
];
