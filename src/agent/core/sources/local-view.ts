/** What the device's own socket shows of its pods: how they are, by where they come from. */

import { toTimestamp } from '../../../common/lib/time.ts';
import type { Condition } from '../../../common/model/meta.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import type { PodName } from '../runtime-model.ts';
import { type PodSource, podSources, sourceOf } from './pod-source.ts';

export type ShownPod = { readonly source: PodSource; readonly shadowedBy?: PodSource; readonly pod: Pod };
type Claim = { readonly source: PodSource; readonly pod: Pod; readonly shadowedBy: PodSource | undefined };
/** The last status of a pod, by its uid. */
type StatusOf = (uid: string) => PodStatus | undefined;

/** The pods that sources want, with their status, and those that are ending. `now`: wall clock. */
export function shownPods(
  claims: readonly Claim[],
  ending: readonly PodName[],
  statusOf: StatusOf,
  now: number,
): readonly ShownPod[] {
  const wanted = claims.map(({ source, pod, shadowedBy }) => ({
    source,
    ...(shadowedBy === undefined ? {} : { shadowedBy }),
    pod: { ...pod, status: statusOf(pod.metadata.uid ?? '') ?? pod.status ?? { phase: 'Pending' as const } },
  }));
  const others = ending.map((name) => ({ source: sourceOf(name.uid), pod: endingPod(name, statusOf(name.uid), now) }));
  const place = ({ pod: { metadata } }: ShownPod) => `${metadata.namespace}/${metadata.name}`;
  return [...wanted, ...others].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

const ends: Readonly<Record<PodSource, string>> = {
  master: "it is the master's; end it with bramble delete",
  file: 'it is of the manifests directory; remove its file',
  http: 'it is of the URL of static pods; take it out there',
  local: 'it was applied here, and ends',
};

/** Why a pod can not be deleted on the device, and how it is ended; `name` may be without the name of the node. */
export function undeletable(
  { namespace, name }: Pick<PodName, 'namespace' | 'name'>,
  node: string,
  shown: readonly ShownPod[],
): string {
  const found = shown.find(({ pod: { metadata } }) => {
    return metadata.namespace === namespace && [name, `${name}-${node}`].includes(metadata.name);
  });
  const refusal = `no pod "${name}" in namespace ${namespace} was applied on this device`;
  return found === undefined ? refusal : `${refusal}: ${ends[found.source]}`;
}

/** Of what nobody wants any more only the status is known. */
function endingPod(name: PodName, status: PodStatus | undefined, now: number): Pod {
  const containers = (status?.containerStatuses ?? []).map(({ name: container, image }) => ({
    name: container,
    image,
  }));
  const metadata = { ...name, deletionTimestamp: toTimestamp(now) };
  const spec = { containers } as unknown as Pod['spec'];
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec, ...(status === undefined ? {} : { status }) };
}

/** How many pods of each phase, by source. Those that are not run count as `Shadowed`. */
export function phases(pods: readonly ShownPod[]): Record<string, Record<string, number>> {
  const sources = podSources.filter((source) => pods.some((shown) => shown.source === source));
  const counts = sources.map((source): [string, Record<string, number>] => {
    const of: Record<string, number> = {};
    for (const shown of pods.filter((one) => one.source === source)) of[phaseOf(shown)] = (of[phaseOf(shown)] ?? 0) + 1;
    return [source, of];
  });
  return Object.fromEntries(counts);
}

function phaseOf({ shadowedBy, pod: { metadata, status } }: ShownPod): string {
  if (shadowedBy !== undefined) return 'Shadowed';
  return metadata.deletionTimestamp === undefined ? (status?.phase ?? 'Pending') : 'Terminating';
}

/** Why containers do not run, one line each; the first few tell enough. */
export function waitingLines(pods: readonly ShownPod[]): readonly string[] {
  const lines = pods.flatMap(({ pod: { metadata, status } }) =>
    statusesOf(status).flatMap(({ name, state: { waiting } }) => {
      if (waiting?.message === undefined) return [];
      const place = `${metadata.namespace}/${metadata.name} container ${name}`;
      return [`${place}: ${waiting.reason}: ${waiting.message}`.slice(0, 512)];
    }),
  );
  return lines.length > 20 ? [...lines.slice(0, 20), `… and ${lines.length - 20} more`] : lines;
}

const statusesOf = (status: PodStatus | undefined) => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

/** Restarts of all containers, init containers too. */
export function restartsOf(pods: readonly ShownPod[]): number {
  const statuses = pods.flatMap(({ pod: { status } }) => statusesOf(status));
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** Ready, whether what is wanted is kept on the disk, and the conditions that tell of something wrong. */
export function tellingConditions(conditions: readonly Condition[] | undefined): readonly Condition[] {
  const good = (type: string) => (type.endsWith('Ready') ? 'True' : 'False');
  const always = ['Ready', 'CheckpointProblem'];
  return (conditions ?? []).filter(({ type, status }) => always.includes(type) || status !== good(type));
}
