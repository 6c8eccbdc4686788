/** What the words of a device make of its Node and its pods: the parts that it may say, beside those of others. */

import { deepEqual } from '../../common/lib/deep.ts';
import type { Condition, KubeObject } from '../../common/model/meta.ts';
import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import { condition } from './conditions.ts';

type Status = { readonly conditions?: readonly Condition[] | undefined };

/** The labels of a Node with those that the device says; undefined when nothing changes. */
export function newLabels(stored: Node, said: KubeObject): Readonly<Record<string, string>> | undefined {
  const labels = { ...stored.metadata.labels, ...said.metadata.labels };
  return deepEqual(labels, stored.metadata.labels ?? {}) ? undefined : labels;
}

/** The Node with the status that the device says; undefined when only the times of its beats differ. */
export function withNodeStatus(stored: Node, said: KubeObject): KubeObject | undefined {
  return withStatus(stored, (said.status ?? {}) as Status);
}

/** The pod with the status that the device says; undefined when it has it. Conditions of others stay (PodScheduled). */
export function withPodStatus(stored: Pod, said: Status): KubeObject | undefined {
  return withStatus(stored, said);
}

function withStatus(stored: Node | Pod, said: Status): KubeObject | undefined {
  const old = stored.status?.conditions ?? [];
  const theirs = (said.conditions ?? []).map((next) => settled(condition(old, next.type), next));
  const others = old.filter((one) => condition(said.conditions, one.type) === undefined);
  const status = { ...said, conditions: [...others, ...theirs] };
  if (deepEqual(status, { ...stored.status, conditions: [...others, ...old.filter((one) => !others.includes(one))] })) {
    return undefined;
  }
  const { resourceVersion: _, ...metadata } = stored.metadata;
  return { ...stored, metadata, status };
}

/** A condition that says the same is kept as it was, so that a beat's time alone is no change. */
function settled(old: Condition | undefined, next: Condition): Condition {
  const { lastHeartbeatTime: _, ...kept } = next;
  const same =
    old !== undefined && old.status === next.status && old.reason === next.reason && old.message === next.message;
  return same ? old : kept;
}
