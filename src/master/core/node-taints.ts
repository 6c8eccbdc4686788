/**
 * The taints of a Node that follow from its conditions and from being cordoned, beside those that others have set. Kubernetes'
 * own for readiness and pressure; for the health of the hardware those that the policy names.
 */

import { toTimestamp } from '../../common/lib/time.ts';
import type { Node, Taint } from '../../common/model/node.ts';
import { policyTaints, pressureTaints, type TaintPolicy } from '../../common/model/node-conditions.ts';
import { condition, isTrue } from './conditions.ts';
import type { Millis } from './reconcile.ts';

const UNREACHABLE = 'node.kubernetes.io/unreachable';
const NOT_READY = 'node.kubernetes.io/not-ready';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

type Wanted = Pick<Taint, 'key' | 'effect'>;

/** Taints of these keys are nobody else's; of those of conditions a person may have one that ends pods. */
const own: ReadonlySet<string> = new Set([UNREACHABLE, NOT_READY]);
const ownWithoutExecute: ReadonlySet<string> = new Set([
  UNSCHEDULABLE,
  ...Object.values(pressureTaints),
  ...Object.values(policyTaints),
]);

/** All taints that the node is to have; those that it has already stay as they are. */
export function taintsFor(node: Node, policy: TaintPolicy, now: Millis): readonly Taint[] {
  const taints: readonly Taint[] = node.spec.taints ?? [];
  const wanted = wantedTaints(node, policy);
  const is = (one: Wanted) => (taint: Taint) => taint.key === one.key && taint.effect === one.effect;
  const kept = taints.filter((taint) => !isOwn(taint) || wanted.some((one) => is(one)(taint)));
  const missing = wanted.filter((one) => !taints.some(is(one)));
  return [...kept, ...missing.map((one): Taint => ({ ...one, timeAdded: toTimestamp(now) }))];
}

function isOwn({ key, effect }: Taint): boolean {
  return own.has(key) || (ownWithoutExecute.has(key) && effect !== 'NoExecute');
}

/** A condition that is Unknown, as all of a silent device, has no taint: it is tainted as unreachable. */
function wantedTaints({ spec, status }: Node, policy: TaintPolicy): readonly Wanted[] {
  const conditions = status?.conditions;
  const ready = condition(conditions, 'Ready')?.status;
  const unready = ready === 'True' ? undefined : ready === 'Unknown' ? UNREACHABLE : NOT_READY;
  const holding = Object.entries(pressureTaints).filter(([type]) => isTrue(conditions, type));
  return [
    ...(unready === undefined
      ? []
      : (['NoSchedule', 'NoExecute'] as const).map((effect) => ({ key: unready, effect }))),
    ...(spec.unschedulable === true ? [{ key: UNSCHEDULABLE, effect: 'NoSchedule' as const }] : []),
    ...holding.map(([, key]) => ({ key, effect: 'NoSchedule' as const })),
    ...Object.entries(policyTaints).flatMap(([type, key]) => {
      const effect = policy.get(type);
      return effect !== undefined && isTrue(conditions, type) ? [{ key, effect }] : [];
    }),
  ];
}
