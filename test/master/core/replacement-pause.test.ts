import test from 'ava';
import type { Pod } from '../../../src/common/model/pod.ts';
import { replacementsFrom } from '../../../src/master/core/replacement-pause.ts';
import { replicaSets } from '../../../src/master/core/replica-sets.ts';
import { ClusterView } from '../../../src/master/core/view.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const KEY = { resource: 'replicasets', namespace: 'default', name: 'web' };

/** A pod of the ReplicaSet that was made so long ago. */
function pod(name: string, ago: number, phase: 'Failed' | 'Running'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace: 'default', uid: name, labels: { app: 'web' } },
      creationTimestamp: new Date(NOW - ago).toISOString(),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'set', controller: true }],
    },
    spec: { containers: [] },
    status: { phase },
  } as unknown as Pod;
}

/** What its controller does with these pods. */
function outcome(pods: readonly Pod[], replicas = 1, now = NOW) {
  const view = new ClusterView();
  view.apply(KEY, {
    ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'default', uid: 'set' } },
    spec: {
      ...{ replicas, minReadySeconds: 0, selector: { matchLabels: { app: 'web' } } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
    },
  } as never);
  for (const one of pods) view.apply({ resource: 'pods', namespace: 'default', name: one.metadata.name ?? '' }, one);
  let ids = 0;
  const { writes, wakeAt } = replicaSets.reconcile(view.at(now), KEY, () => `n${++ids}`);
  return { made: writes.filter(({ type }) => type === 'create').length, wakeAt };
}

test('a pod that is refused again and again is replaced more and more seldom, and the controller wakes for it', (t) => {
  const failed: Pod[] = [];
  let now = NOW;
  let made = 0;
  for (const end = NOW + 3_600_000; now < end; ) {
    const { made: more, wakeAt } = outcome(failed, 1, now);
    made += more;
    if (more > 0) failed.push(pod(`web-${made}`, NOW - now, 'Failed'));
    else now = wakeAt ?? end;
  }
  t.true(made > 5 && made < 25, String(made));
});

test('a pod that has run for a while is replaced at once, and so is one that is gone', (t) => {
  t.is(outcome([pod('old', 60 * SECOND, 'Failed')]).made, 1);
  t.is(outcome([]).made, 1);
});

test('pods that were made together and failed together are one failure', (t) => {
  const all = Array.from({ length: 50 }, (_, at) => pod(`web-${at}`, 2 * SECOND, 'Failed'));
  t.is(outcome(all, 50).made, 50);
});

test('what is too many goes at once, and nobody waits for failures of long ago or from a clock that was ahead', (t) => {
  const failed = [1, 2, 3].map((at) => pod(`web-${at}`, at * SECOND, 'Failed'));
  t.is(outcome([...failed, pod('live', 5000, 'Running')]).wakeAt, undefined);
  t.true(replacementsFrom([pod('far', 7_200_000, 'Failed'), pod('ahead', -SECOND, 'Failed')], NOW) < NOW);
});
