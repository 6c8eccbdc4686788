/**
 * Whether devices are alive: a Node without beats becomes Unknown and is tainted, so that nothing new is placed there,
 * and its pods count as not ready. Its pods stay: a device that is merely offline runs on, and loses nothing.
 * Eviction after tolerationSeconds (NoExecute) is not done here.
 */

import { deepEqual } from '../../common/lib/deep.ts';
import type { Condition } from '../../common/model/meta.ts';
import type { Node } from '../../common/model/node.ts';
import { agentConditions, type TaintPolicy } from '../../common/model/node-conditions.ts';
import type { Pod } from '../../common/model/pod.ts';
import { condition, isTrue, withCondition } from './conditions.ts';
import { taintsFor } from './node-taints.ts';
import { keyOf } from './owners.ts';
import { isFinished } from './pod-state.ts';
import type { Controller, Key, Millis, Outcome, View, Write } from './reconcile.ts';

const LOST_POD = 'NodeUnreachable';

/** `aliveFor`: how long a node still counts as alive by its last beat and the grace periods; 0 or less: it does not. */
export type Beats = { readonly aliveFor: (node: string) => Millis };

/**
 * The controller of node liveness and of taints: `policy` has those of ailing hardware. It is woken when a node's time runs out;
 * a beat in between moves that time.
 */
export function nodeHealth(beats: Beats, policy: TaintPolicy): Controller {
  return {
    name: 'node-lifecycle-controller',
    touched: ({ key }) => (key.resource === 'nodes' ? [key] : []),
    reconcile: (view, key) => reconcile(view, key, beats.aliveFor(key.name), policy),
  };
}

function reconcile(view: View, key: Key, aliveFor: Millis, policy: TaintPolicy): Outcome {
  const stored = view.get(key) as Node | undefined;
  if (stored === undefined) return { writes: [] };
  const alive = aliveFor > 0;
  const conditions = alive ? (stored.status?.conditions ?? []) : lost(stored.status?.conditions, view.now);
  const changed = !deepEqual(conditions, stored.status?.conditions ?? []);
  const node: Node = { ...stored, status: { ...stored.status, conditions: [...conditions] } };
  return {
    writes: [
      ...(changed ? [statusWrite(key, node), gone(node)] : []),
      ...taintWrites(key, node, policy, view.now),
      ...podWrites(view, node),
    ],
    ...(alive ? { wakeAt: view.now + aliveFor } : {}),
  };
}

function lost(conditions: readonly Condition[] | undefined, now: Millis): readonly Condition[] {
  return agentConditions.reduce<readonly Condition[]>((list, type) => {
    if (type !== 'Ready' && condition(list, type) === undefined) return list;
    const message = 'Kubelet stopped posting node status.';
    return withCondition(list, { type, status: 'Unknown', reason: 'NodeStatusUnknown', message }, now);
  }, conditions ?? []);
}

function statusWrite(key: Key, node: Node): Write {
  return { type: 'updateStatus', key, object: node };
}

function gone(about: Node): Write {
  const message = `Node ${about.metadata.name} status is now: NodeNotReady`;
  return { type: 'event', about, severity: 'Normal', reason: 'NodeNotReady', message };
}

function taintWrites(key: Key, node: Node, policy: TaintPolicy, now: Millis): readonly Write[] {
  const taints = taintsFor(node, policy, now);
  if (deepEqual(taints, node.spec.taints ?? [])) return [];
  const { uid } = node.metadata;
  return [{ type: 'patch', key, patch: { metadata: { uid }, spec: { taints: taints.length === 0 ? null : taints } } }];
}

/** Ready of the node's pods: False while the node is Unknown; back to what the agent last said when it is there. */
function podWrites(view: View, node: Node): readonly Write[] {
  const status = condition(node.status?.conditions, 'Ready')?.status;
  const unreachable = status === 'Unknown';
  return (view.podsOnNode(node.metadata.name) as readonly Pod[]).flatMap((pod): readonly Write[] => {
    const ready = condition(pod.status?.conditions, 'Ready');
    if (ready === undefined || isFinished(pod)) return [];
    const marked = ready.reason === LOST_POD;
    if (unreachable ? ready.status !== 'True' : !marked) return [];
    const holds = ['ContainersReady', ...(pod.spec.readinessGates ?? []).map((gate) => gate.conditionType)];
    const back = status === 'True' && holds.every((type) => isTrue(pod.status?.conditions, type));
    if (!unreachable && !back) return [];
    const next = unreachable
      ? { type: 'Ready', status: 'False' as const, reason: LOST_POD, message: 'The node does not answer.' }
      : { type: 'Ready', status: 'True' as const, reason: '', message: '' };
    const conditions = [...withCondition(pod.status?.conditions, next, view.now)];
    const object = { ...pod, status: { ...pod.status, conditions } };
    return [{ type: 'updateStatus', key: keyOf('pods', pod.metadata), object }];
  });
}
