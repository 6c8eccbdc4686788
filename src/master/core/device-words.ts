/** What the words of a device make of its Node and its pods: the parts that it may say, beside those of others. */

import { deepEqual } from '../../common/lib/deep.ts';
import type { Condition, KubeObject } from '../../common/model/meta.ts';
import type { Node, NodeStatus } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import { isExtended } from '../../common/model/rules/resources.ts';
import { condition } from './conditions.ts';

type Status = { readonly conditions?: readonly Condition[] | undefined };

/** The conditions of a pod that are the device's word alone: one that it does not say any more is gone. */
const deviceConditions: ReadonlySet<string> = new Set([
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodReadyToStartContainers',
  'PodResizePending',
  'PodResizeInProgress',
]);

/** The labels of a Node with those that the device says; undefined when nothing changes. */
export function newLabels(stored: Node, said: KubeObject): Readonly<Record<string, string>> | undefined {
  const labels = { ...stored.metadata.labels, ...said.metadata.labels };
  return deepEqual(labels, stored.metadata.labels ?? {}) ? undefined : labels;
}

/** The status of the Node that the device says; undefined when only the times of its beats differ. */
export function nodeStatus(stored: Node, said: KubeObject): Status | undefined {
  const status = withKnown(withOffers((said.status ?? {}) as NodeStatus, stored.status), stored.status);
  const others = (stored.status?.conditions ?? []).filter(
    (one) => condition(status.conditions, one.type) === undefined,
  );
  return newStatus(stored, status, others, status.conditions ?? []);
}

/**
 * What others say that a node offers, such as dongles, stays: the device speaks of its own resources only. What it spoke of
 * before and does not any more is gone.
 */
function withOffers(said: NodeStatus, stored: NodeStatus | undefined): NodeStatus {
  const own = new Set(stored?.device?.resources ?? []);
  const merged = (part: 'capacity' | 'allocatable') => {
    const offers = Object.entries(stored?.[part] ?? {}).filter(([name]) => isExtended(name) && !own.has(name));
    return offers.length === 0 ? {} : { [part]: { ...Object.fromEntries(offers), ...said[part] } };
  };
  return { ...said, ...merged('capacity'), ...merged('allocatable') };
}

/** What an agent that has just started learns late stays until it does, of the same card. */
function withKnown(said: NodeStatus, stored: NodeStatus | undefined): NodeStatus {
  const { writtenBytesPerDay, lastReboot } = stored?.device ?? {};
  const known = { ...(writtenBytesPerDay && { writtenBytesPerDay }), ...(lastReboot && { lastReboot }) };
  const isSame = stored?.nodeInfo?.machineID === said.nodeInfo?.machineID;
  return isSame && Object.keys(known).length > 0 ? { ...said, device: { ...known, ...said.device } } : said;
}

/**
 * The status of the pod that the device says, with the conditions that others set (PodScheduled, readiness gates);
 * undefined when the pod has it. What the device repeats of those of others does not count.
 */
export function podStatus(stored: Pod, said: Status): Status | undefined {
  const old = stored.status?.conditions ?? [];
  const theirs = (said.conditions ?? []).filter(({ type }) => {
    // An eviction is said by whoever evicts; of a pod that no scheduler saw, the device says where it is.
    if (type === 'DisruptionTarget') return true;
    return deviceConditions.has(type) || (type === 'PodScheduled' && condition(old, type) === undefined);
  });
  const others = old.filter(({ type }) => !deviceConditions.has(type) && condition(theirs, type) === undefined);
  return newStatus(stored, said, others, theirs);
}

function newStatus(
  stored: Node | Pod,
  said: Status,
  others: readonly Condition[],
  theirs: readonly Condition[],
): Status | undefined {
  const old: readonly Condition[] = stored.status?.conditions ?? [];
  const conditions = [...others, ...theirs.map((next) => settled(condition(old, next.type), next))];
  const before = [...others, ...old.filter((one) => !others.includes(one))];
  if (deepEqual({ ...said, conditions }, { ...stored.status, conditions: before })) return undefined;
  return { ...said, conditions };
}

/** A condition that says the same is kept as it was, so that a beat's time alone is no change. */
function settled(old: Condition | undefined, next: Condition): Condition {
  const { lastHeartbeatTime: _, ...kept } = next;
  const same =
    old !== undefined && old.status === next.status && old.reason === next.reason && old.message === next.message;
  return same ? old : kept;
}
