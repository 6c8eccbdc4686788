import test from 'ava';
import fc from 'fast-check';
import type { Deployment } from '../../../src/common/model/deployment.ts';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import type { ReplicaSet } from '../../../src/common/model/replica-set.ts';
import { deployments } from '../../../src/master/core/deployments.ts';
import { keyOf } from '../../../src/master/core/owners.ts';
import { isActive, isReady } from '../../../src/master/core/pod-state.ts';
import type { Controller, Key, Write } from '../../../src/master/core/reconcile.ts';
import { replicaSets } from '../../../src/master/core/replica-sets.ts';
import { rolloutOf } from '../../../src/master/core/rollout.ts';
import { limitsOf } from '../../../src/master/core/rollout-limits.ts';
import { ClusterView } from '../../../src/master/core/view.ts';

/**
 * The store and a view that is behind it. A key is reconciled only when the view holds what was last written for it,
 * as the controller actor does.
 */
function world() {
  const truth = new ClusterView();
  const view = new ClusterView();
  const log: { key: Key; object: KubeObject | undefined }[] = [];
  const written = new Map<string, number>();
  let revision = 0;
  let ids = 0;
  const put = (key: Key, object: KubeObject | undefined): void => {
    revision += 1;
    const stored = object && { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    truth.apply(key, stored);
    log.push({ key, object: stored });
  };
  const perform = (write: Write): boolean => {
    if (write.type === 'event') return true;
    if (write.type === 'create') {
      const object = write.object as KubeObject;
      const key = keyOf(write.resource, object.metadata);
      if (truth.get(key) !== undefined) return false;
      put(key, { ...object, metadata: { ...object.metadata, uid: `uid-${++ids}`, generation: 1 } });
      return true;
    }
    const old = truth.get(write.key);
    if (old === undefined) return write.type === 'delete';
    if (write.type === 'delete') {
      put(write.key, undefined);
      return true;
    }
    if (write.type === 'patch') {
      const { annotations } = (write.patch as { metadata: { annotations?: Record<string, string> } }).metadata;
      put(write.key, {
        ...old,
        metadata: { ...old.metadata, annotations: { ...old.metadata.annotations, ...annotations } },
      });
      return true;
    }
    const object = write.object as KubeObject;
    const version = object.metadata.resourceVersion;
    if (version !== undefined && version !== old.metadata.resourceVersion) return false;
    if (write.type === 'updateStatus') put(write.key, { ...old, status: object.status });
    else {
      const generation = (old.metadata.generation ?? 0) + 1;
      put(write.key, { ...object, metadata: { ...object.metadata, generation }, status: old.status });
    }
    return true;
  };
  return {
    truth,
    put,
    /** The view takes in the next changes of the store. */
    deliver: (count: number) => {
      for (const { key, object } of log.splice(0, count)) view.apply(key, object);
      view.advance(revision - log.length);
    },
    /** Reconciles every key of a controller that may go. */
    run: (controller: Controller, resource: string) => {
      for (const object of view.list(resource)) {
        const key = keyOf(resource, object.metadata);
        const name = `${controller.name} ${key.name}`;
        if ((written.get(name) ?? 0) > view.revision) continue;
        for (const write of controller.reconcile(view.at(1_000_000), key, () => `n${++ids}`).writes) {
          if (!perform(write)) break;
          written.set(name, revision);
        }
      }
    },
    pods: () => (truth.list('pods') as readonly Pod[]).filter(isActive),
    isQuiet: () => log.length === 0,
    get revision() {
      return revision;
    },
  };
}

const KEY = { resource: 'deployments', namespace: 'default', name: 'web' };

function deployment(replicas: number, image: string, surge: number | string, unavailable: number | string): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image, resources: {} }] } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      minReadySeconds: 0,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
  } as unknown as Deployment;
}

function setReady(w: ReturnType<typeof world>, pod: Pod): void {
  const conditions = [{ type: 'Ready', status: 'True' as const }];
  w.put(keyOf('pods', pod.metadata), { ...pod, status: { phase: 'Running', conditions } });
}

const step = fc.oneof(
  fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ do: fc.constantFrom('deployments', 'replicasets', 'ready' as const), count: fc.nat(50) }),
);
const amount = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('25%', '50%', '100%'));

function perform(w: ReturnType<typeof world>, one: { do: string; count: number }): void {
  if (one.do === 'deliver') w.deliver(one.count);
  else if (one.do === 'deployments') w.run(deployments, 'deployments');
  else if (one.do === 'replicasets') w.run(replicaSets, 'replicasets');
  else {
    const waiting = w.pods().filter((pod) => !isReady(pod));
    const pod = waiting[one.count % Math.max(1, waiting.length)];
    if (pod !== undefined) setReady(w, pod);
  }
}

function settle(w: ReturnType<typeof world>): void {
  for (let round = 0, before = -1; before !== w.revision || !w.isQuiet(); round++) {
    if (round > 500) throw new Error('does not converge');
    before = w.revision;
    w.deliver(1000);
    w.run(deployments, 'deployments');
    w.run(replicaSets, 'replicasets');
    for (const pod of w.pods()) if (!isReady(pod)) setReady(w, pod);
  }
}

test('however late the view is, a rollout stays within its limits and converges', (t) => {
  const property = fc.property(
    fc.integer({ min: 0, max: 9 }),
    amount,
    amount,
    fc.array(step, { minLength: 20, maxLength: 200 }),
    (replicas, surge, unavailable, steps) => {
      const w = world();
      const first = deployment(replicas, 'a:1', surge, unavailable);
      w.put(KEY, first);
      settle(w);
      t.is(w.pods().length, replicas);
      const old = w.truth.get(KEY) as Deployment;
      w.put(KEY, {
        ...old,
        metadata: { ...old.metadata, generation: 2 },
        spec: deployment(replicas, 'a:2', surge, unavailable).spec,
      });
      const limits = limitsOf(first);
      for (const one of steps) {
        perform(w, one);
        t.true(w.pods().length <= replicas + limits.surge, 'more pods than replicas + maxSurge');
        t.true(
          w.pods().filter(isReady).length >= replicas - limits.unavailable,
          'fewer than replicas - maxUnavailable',
        );
      }
      settle(w);
      t.deepEqual(
        w.pods().map((pod) => pod.spec.containers[0]?.image),
        Array.from({ length: replicas }, () => 'a:2'),
      );
      const status = (w.truth.get(KEY) as Deployment).status;
      t.is(status?.conditions?.find((one) => one.type === 'Progressing')?.reason, 'NewReplicaSetAvailable');
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test('however late the view is, a ReplicaSet never makes more pods than it asks for', (t) => {
  const property = fc.property(fc.integer({ min: 0, max: 9 }), fc.array(step, { maxLength: 60 }), (replicas, steps) => {
    const w = world();
    w.put(KEY, deployment(replicas, 'a:1', 1, 0));
    for (const one of steps) {
      perform(w, one);
      t.true(w.pods().length <= replicas);
    }
    settle(w);
    t.is(w.pods().length, replicas);
  });
  fc.assert(property, { numRuns: 200 });
});

test('a changed number of replicas in the middle of a rollout converges', (t) => {
  const property = fc.property(fc.nat(9), fc.nat(9), fc.array(step, { maxLength: 60 }), (before, after, steps) => {
    const w = world();
    w.put(KEY, deployment(before, 'a:1', '25%', '25%'));
    settle(w);
    for (const [generation, replicas, image] of [
      [2, before, 'a:2'],
      [3, after, 'a:2'],
    ] as const) {
      const old = w.truth.get(KEY) as Deployment;
      w.put(KEY, {
        ...old,
        metadata: { ...old.metadata, generation },
        spec: deployment(replicas, image, '25%', '25%').spec,
      });
      for (const one of steps) perform(w, one);
    }
    settle(w);
    t.is(w.pods().length, after);
    t.true(w.pods().every((pod) => pod.spec.containers[0]?.image === 'a:2'));
  });
  fc.assert(property, { numRuns: 200 });
});

test('a ReplicaSet that lacks defaults of newer fields still has the template of its Deployment', (t) => {
  const manifest = (terminationMessagePolicy?: string) => ({
    metadata: { name: 'web' },
    spec: {
      template: {
        metadata: {},
        spec: {
          containers: [{ name: 'a', image: 'a', ...(terminationMessagePolicy && { terminationMessagePolicy }) }],
        },
      },
    },
  });
  const old = manifest() as unknown as ReplicaSet;
  t.is(rolloutOf(manifest('File') as unknown as Deployment, [old]).newSet, old);
  t.is(rolloutOf(manifest('FallbackToLogsOnError') as unknown as Deployment, [old]).newSet, undefined);
});
