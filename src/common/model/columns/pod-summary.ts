/** What kubectl's table says of a pod in short, computed as kubectl does from the states of the containers. */
import { fromTimestamp } from '../../lib/time.ts';
import type { Pod } from '../pod.ts';
import type { ContainerState, ContainerStatus } from '../pod-status.ts';

export type PodSummary = {
  /** Containers and sidecars that are ready, of how many. */
  readonly ready: number;
  readonly total: number;
  /** `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`, … */
  readonly status: string;
  readonly restarts: number;
  /** When the last of those that were started again had ended; milliseconds since 1970. */
  readonly lastEnd: number | undefined;
};

/** How the initialisation stands: the word for it while it is not done, and what its sidecars count. */
type Initial = {
  readonly reason: string | undefined;
  readonly readySidecars: number;
  /** The init containers up to the one that holds the pod. */
  readonly looked: readonly ContainerStatus[];
};

/** The pod in short. */
export function podSummary(pod: Pod): PodSummary {
  const { phase = 'Pending', reason, containerStatuses = [] } = pod.status ?? {};
  const sidecars = sidecarNames(pod);
  const initial = initialOf(pod, sidecars);
  const initializing = initial.reason !== undefined && !holds(pod, 'Initialized');
  const running = containerStatuses.filter(({ ready, state }) => ready && state.running && !state.waiting?.reason);
  const counted = initializing
    ? initial.looked
    : [...initial.looked.filter(({ name }) => sidecars.has(name)), ...containerStatuses];
  const gated = pod.status?.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated');
  const so = initial.reason ?? (reason || (gated ? 'SchedulingGated' : phase));
  return {
    ready: initial.readySidecars + (initializing ? 0 : running.length),
    total: pod.spec.containers.length + sidecars.size,
    status: endingWord(pod) ?? evictedWord(pod) ?? (initializing ? so : containersWord(pod, running.length > 0, so)),
    restarts: counted.reduce((sum, { restartCount }) => sum + restartCount, 0),
    lastEnd: lastEndOf(counted),
  };
}

const holds = (pod: Pod, type: string): boolean =>
  pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

const sidecarNames = ({ spec }: Pod): ReadonlySet<string> =>
  new Set((spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map(({ name }) => name));

const ended = ({ reason, signal, exitCode }: NonNullable<ContainerState['terminated']>): string => {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
};

function initialOf(pod: Pod, sidecars: ReadonlySet<string>): Initial {
  const statuses = pod.status?.initContainerStatuses ?? [];
  let readySidecars = 0;
  for (const [index, { name, state, started, ready }] of statuses.entries()) {
    if (state.terminated?.exitCode === 0) continue;
    if (sidecars.has(name) && started) {
      if (ready) readySidecars += 1;
      continue;
    }
    const waiting = state.waiting?.reason;
    const held = waiting && waiting !== 'PodInitializing' ? waiting : undefined;
    const count = `${index}/${pod.spec.initContainers?.length ?? statuses.length}`;
    const word = state.terminated ? ended(state.terminated) : (held ?? count);
    return { reason: `Init:${word}`, readySidecars, looked: statuses.slice(0, index + 1) };
  }
  return { reason: undefined, readySidecars, looked: statuses };
}

/** The first container that has something to say is the one that is shown; `otherwise` when none has. */
function containersWord(pod: Pod, someRun: boolean, otherwise: string): string {
  const telling = pod.status?.containerStatuses?.find(({ state }) => state.waiting?.reason || state.terminated);
  const word = telling?.state.waiting?.reason || (telling?.state.terminated && ended(telling.state.terminated));
  if ((word ?? otherwise) !== 'Completed' || !someRun) return word ?? otherwise;
  return holds(pod, 'Ready') ? 'Running' : 'NotReady';
}

/** The word for a pod that is being deleted; one that has ended is shown as it ended. */
function endingWord({ metadata, status }: Pod): string | undefined {
  if (!metadata.deletionTimestamp) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? undefined : 'Terminating';
}

/** Of a pod that its node has ended for want of something, how its containers ended says nothing. */
function evictedWord({ status }: Pod): string | undefined {
  return status?.phase === 'Failed' && status.reason === 'Evicted' ? status.reason : undefined;
}

function lastEndOf(statuses: readonly ContainerStatus[]): number | undefined {
  const ends = statuses.flatMap(({ lastState }) => fromTimestamp(lastState.terminated?.finishedAt ?? '') ?? []);
  return ends.length === 0 ? undefined : Math.max(...ends);
}
