/**
 * Rolls out a Deployment through ReplicaSets: one reconciliation makes the new ReplicaSet, or resizes, or only
 * reports; the next looks again.
 */

import { deepEqual } from '../../common/lib/deep.ts';
import { shortHash } from '../../common/lib/hash.ts';
import { matchesSelector } from '../../common/lib/labels.ts';
import type { Deployment } from '../../common/model/deployment.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { ReplicaSet } from '../../common/model/replica-set.ts';
import { claim } from './adoption.ts';
import { deploymentStatus, isComplete } from './deployment-status.ts';
import { controlled, controlledBy, controllerKey, controllerOf, keyOf } from './owners.ts';
import { isFinished } from './pod-state.ts';
import type { Changed, Controller, Key, Outcome, View, Write } from './reconcile.ts';
import { DESIRED, forgottenRevisions, MAXIMUM, newRevision, newSetAnnotations, REVISION } from './revision-history.ts';
import { newSetReplicas, rollingUpdate } from './rolling-update.ts';
import type { Resize, Rollout } from './rollout.ts';
import { allObserved, HASH_LABEL, rolloutOf } from './rollout.ts';
import { limitsOf } from './rollout-limits.ts';
import { isScaled, scaled } from './scaling.ts';

/** The controller of Deployments. */
export const deployments: Controller = { name: 'deployment-controller', touched, reconcile };

function touched({ key, before, after }: Changed, view: View): readonly Key[] {
  if (key.resource === 'deployments') return [key];
  if (key.resource === 'pods') return after === undefined ? deploymentOfPod(before, key, view) : [];
  if (key.resource !== 'replicasets') return [];
  const owners = [before, after].map((set) => controllerKey(set, 'Deployment', 'deployments'));
  const known = owners.filter((owner) => owner !== undefined);
  if (after === undefined || controllerOf(after) !== undefined || key.namespace === undefined) return known;
  const adopters = (view.list('deployments', key.namespace) as readonly Deployment[]).filter((deployment) =>
    matchesSelector(deployment.spec.selector, after.metadata.labels),
  );
  return [...known, ...adopters.map((deployment) => keyOf('deployments', deployment.metadata))];
}

/** Recreate waits until the last old pod is gone. */
function deploymentOfPod(pod: Changed['before'], key: Key, view: View): readonly Key[] {
  const setKey = controllerKey(pod, 'ReplicaSet', 'replicasets');
  const set = setKey === undefined ? undefined : view.get(setKey);
  const owner = controllerKey(set, 'Deployment', 'deployments');
  return owner === undefined || owner.namespace !== key.namespace ? [] : [owner];
}

function reconcile(view: View, key: Key): Outcome {
  const deployment = view.get(key) as Deployment | undefined;
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return { writes: [] };
  const claimed = claim(view, deployment, deployment.spec.selector, 'replicasets');
  if (claimed.writes.length > 0) return { writes: claimed.writes };
  const rollout = rolloutOf(deployment, claimed.owned as readonly ReplicaSet[]);
  const step = nextStep(view, rollout);
  const { status, wakeAt } = deploymentStatus(rollout, view.now, step);
  return {
    writes: [...step.writes, ...(status === undefined ? [] : [statusWrite(key, deployment, status)])],
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

type Step = { readonly writes: readonly Write[]; readonly created?: string; readonly collided: boolean };
const nothing: Step = { writes: [], collided: false };

function nextStep(view: View, rollout: Rollout): Step {
  const { deployment, newSet, all } = rollout;
  const resized = (sizes: readonly Resize[]): Step => ({ ...nothing, writes: resizes(rollout, sizes) });
  // Counts of an older spec prove nothing: wait for the ReplicaSets to be looked at.
  if (!allObserved(all)) return nothing;
  if (isScaled(rollout)) return resized(scaled(rollout));
  if (deployment.spec.paused === true) return nothing;
  if (deployment.spec.strategy.type === 'Recreate') {
    const old = rollout.old.filter((set) => set.spec.replicas > 0);
    if (old.length > 0) return resized(old.map((set) => ({ set, replicas: 0 })));
    if (rollout.old.some((set) => hasPods(view, set))) return nothing;
  }
  if (newSet === undefined) return newReplicaSet(view, rollout);
  const labelled = relabelled(rollout, newSet);
  if (labelled.length > 0) return { ...nothing, writes: labelled };
  if (deployment.spec.strategy.type === 'Recreate') {
    return newSet.spec.replicas === deployment.spec.replicas
      ? forget(rollout)
      : resized([{ set: newSet, replicas: deployment.spec.replicas }]);
  }
  const sizes = rollingUpdate(rollout);
  return sizes.length > 0 ? resized(sizes) : forget(rollout);
}

function forget(rollout: Rollout): Step {
  return isComplete(rollout) ? { ...nothing, writes: forgottenRevisions(rollout) } : nothing;
}

function hasPods(view: View, set: ReplicaSet): boolean {
  return (controlled(view, 'pods', set) as readonly Pod[]).some((pod) => !isFinished(pod));
}

function maximumOf(deployment: Deployment): number {
  return deployment.spec.replicas + limitsOf(deployment).surge;
}

/** Makes the ReplicaSet of the template, or counts a collision when another object has its name. */
function newReplicaSet(view: View, rollout: Rollout): Step {
  const { deployment } = rollout;
  const { template, selector, minReadySeconds } = deployment.spec;
  const collisions = deployment.status?.collisionCount ?? 0;
  const hash = shortHash(collisions === 0 ? template : { template, collisions });
  const name = `${deployment.metadata.name}-${hash}`;
  const { namespace } = deployment.metadata;
  if (view.get(keyOf('replicasets', { name, namespace })) !== undefined) return { ...nothing, collided: true };
  const labels = { ...template.metadata.labels, [HASH_LABEL]: hash };
  const replicas = newSetReplicas(rollout);
  const object: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: newSetAnnotations(rollout, maximumOf(deployment)),
      ownerReferences: [controlledBy(deployment)],
    },
    spec: {
      replicas,
      minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  return {
    writes: [
      { type: 'create', resource: 'replicasets', object },
      ...revisionWrite(rollout),
      ...(replicas === 0 ? [] : [scalingEvent(deployment, object, 0, replicas)]),
    ],
    created: name,
    collided: false,
  };
}

/** The new ReplicaSet's annotations and minReadySeconds, and the Deployment's revision, where they are not right. */
function relabelled(rollout: Rollout, newSet: ReplicaSet): readonly Write[] {
  const { deployment } = rollout;
  const annotations = newSetAnnotations(rollout, maximumOf(deployment));
  const { minReadySeconds } = deployment.spec;
  const right = deepEqual(newSet.metadata.annotations, annotations) && newSet.spec.minReadySeconds === minReadySeconds;
  const changed = {
    ...newSet,
    metadata: { ...newSet.metadata, annotations },
    spec: { ...newSet.spec, minReadySeconds },
  };
  return [
    ...(right ? [] : [{ type: 'update', key: keyOf('replicasets', newSet.metadata), object: changed } as const]),
    ...revisionWrite(rollout),
  ];
}

function revisionWrite(rollout: Rollout): readonly Write[] {
  const { deployment } = rollout;
  const revision = String(newRevision(rollout));
  if (deployment.metadata.annotations?.[REVISION] === revision) return [];
  const { uid } = deployment.metadata;
  const patch = { metadata: { uid, annotations: { [REVISION]: revision } } };
  return [{ type: 'patch', key: keyOf('deployments', deployment.metadata), patch }];
}

/** Resizes, each with the numbers that later scaling goes by. A set of the right size only gets the numbers. */
function resizes({ deployment, all }: Rollout, sizes: readonly Resize[]): readonly Write[] {
  const numbers = { [DESIRED]: String(deployment.spec.replicas), [MAXIMUM]: String(maximumOf(deployment)) };
  const renumbered = all
    .filter((set) => set.spec.replicas > 0 && sizes.every((size) => size.set !== set))
    .map((set) => ({ set, replicas: set.spec.replicas }));
  return [...sizes, ...renumbered].flatMap(({ set, replicas }): readonly Write[] => {
    const annotations = { ...set.metadata.annotations, ...numbers };
    const before = set.spec.replicas;
    if (before === replicas && deepEqual(annotations, set.metadata.annotations)) return [];
    const object = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
    const update: Write = { type: 'update', key: keyOf('replicasets', set.metadata), object };
    return before === replicas ? [update] : [update, scalingEvent(deployment, set, before, replicas)];
  });
}

function scalingEvent(about: Deployment, set: ReplicaSet, from: number, to: number): Write {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`;
  return { type: 'event', about, severity: 'Normal', reason: 'ScalingReplicaSet', message };
}

/** Without a version: the same reconciliation may have written the revision before. */
function statusWrite(key: Key, deployment: Deployment, status: Deployment['status']): Write {
  const { resourceVersion: _, ...metadata } = deployment.metadata;
  return { type: 'updateStatus', key, object: { ...deployment, metadata, status } };
}
