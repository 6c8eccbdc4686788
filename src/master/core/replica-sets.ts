/**
 * Keeps as many pods as a ReplicaSet asks for. It relies on the promise of reconcile.ts that the view holds its own
 * earlier writes: what it counts is what there is, so it never makes or removes more than is missing or too many.
 */

import { matchesSelector } from '../../common/lib/labels.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { ReplicaSet } from '../../common/model/replica-set.ts';
import { claim } from './adoption.ts';
import { controlledBy, controllerKey, controllerOf, keyOf } from './owners.ts';
import { deletionOrder } from './pod-ranking.ts';
import { isActive } from './pod-state.ts';
import type { Changed, Controller, Key, NewId, Outcome, View, Write } from './reconcile.ts';
import { replacementsFrom } from './replacement-pause.ts';
import { replicaSetStatus } from './replica-set-status.ts';

/** Most pods that one reconciliation makes or removes, as Kubernetes' burst. */
const BURST = 500;

/** The controller of ReplicaSets. */
export const replicaSets: Controller = { name: 'replicaset-controller', touched, reconcile };

function touched({ key, before, after }: Changed, view: View): readonly Key[] {
  if (key.resource === 'replicasets') return [key];
  if (key.resource !== 'pods') return [];
  const owners = [before, after].map((pod) => controllerKey(pod, 'ReplicaSet', 'replicasets'));
  const known = owners.filter((owner) => owner !== undefined);
  if (after === undefined || controllerOf(after) !== undefined || key.namespace === undefined) return known;
  const adopters = (view.list('replicasets', key.namespace) as readonly ReplicaSet[]).filter((set) =>
    matchesSelector(set.spec.selector, after.metadata.labels),
  );
  return [...known, ...adopters.map((set) => keyOf('replicasets', set.metadata))];
}

function reconcile(view: View, key: Key, newId: NewId): Outcome {
  const set = view.get(key) as ReplicaSet | undefined;
  if (set === undefined) return { writes: [] };
  const claimed = claim(view, set, set.spec.selector, 'pods');
  const pods = (claimed.owned as readonly Pod[]).filter(isActive);
  const deleting = set.metadata.deletionTimestamp !== undefined;
  // Orphans are taken in first: they may be the replicas that seem to be missing.
  if (claimed.writes.length > 0) return { writes: claimed.writes };
  const from = replacementsFrom(claimed.owned as readonly Pod[], view.now);
  const waits = !deleting && pods.length < set.spec.replicas && from > view.now;
  const scaling = deleting || waits ? [] : scale(set, pods, newId);
  const { status, wakeAt } = replicaSetStatus(set, pods, view);
  const report = statusWrite(key, set, status);
  // A refused write ends the list, so what says why it was refused goes before the next try.
  const writes = view.failure === undefined ? [...scaling, ...report] : [...report, ...scaling];
  const times = [...(wakeAt === undefined ? [] : [wakeAt]), ...(waits ? [from] : [])];
  return { writes, ...(times.length === 0 ? {} : { wakeAt: Math.min(...times) }) };
}

function scale(set: ReplicaSet, pods: readonly Pod[], newId: NewId): readonly Write[] {
  const missing = set.spec.replicas - pods.length;
  if (missing >= 0) {
    const made = Array.from({ length: Math.min(missing, BURST) }, () => podOf(set, newId()));
    return [
      ...made.map((object): Write => ({ type: 'create', resource: 'pods', object })),
      ...made.map((pod) => told(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)),
    ];
  }
  const doomed = deletionOrder(pods).slice(0, Math.min(-missing, BURST));
  return [
    ...doomed.map((pod): Write => ({ type: 'delete', key: keyOf('pods', pod.metadata), uid: pod.metadata.uid ?? '' })),
    ...doomed.map((pod) => told(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)),
  ];
}

function podOf(set: ReplicaSet, suffix: string): Pod {
  const { labels, annotations } = set.spec.template.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${set.metadata.name}-${suffix}`,
      generateName: `${set.metadata.name}-`,
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controlledBy(set)],
    },
    spec: set.spec.template.spec,
  };
}

function told(about: KubeObject, reason: string, message: string): Write {
  return { type: 'event', about, severity: 'Normal', reason, message };
}

function statusWrite(key: Key, set: ReplicaSet, status: ReplicaSet['status'] | undefined): readonly Write[] {
  return status === undefined ? [] : [{ type: 'updateStatus', key, object: { ...set, status } }];
}
