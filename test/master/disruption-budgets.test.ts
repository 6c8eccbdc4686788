import test, { type ExecutionContext } from 'ava';
import type { Pod } from '../../src/common/model/pod.ts';
import type { PodDisruptionBudget } from '../../src/common/model/pod-disruption-budget.ts';
import { evictPod } from '../../src/master/actors/evict-pod.ts';
import { bootstrap } from '../../src/master/objects.ts';
import { masterRig } from '../support/master-rig.ts';

const at = (resource: string, name: string) => ({ resource, namespace: 'default', name });

/** A cluster of one device that runs a Deployment of four pods, with budgets over them. */
async function rigWith(t: ExecutionContext, ...budgets: readonly object[]) {
  const rig = masterRig();
  t.teardown(rig.stop);
  await bootstrap(rig.objects);
  rig.startMaster();
  await rig.clock.settle();
  rig.startDevice('pi-1');
  await rig.settle();
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'a:1' }] } };
  const spec = { replicas: 4, selector: { matchLabels: labels }, template };
  const made = await rig.objects.create('deployments', {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', spec },
    metadata: { name: 'web', namespace: 'default' },
  });
  t.true(made.ok, JSON.stringify(made));
  for (const [i, more] of budgets.entries()) {
    const created = await rig.objects.create('poddisruptionbudgets', {
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
      metadata: { name: `budget-${i}`, namespace: 'default' },
      spec: { selector: { matchLabels: labels }, ...more },
    });
    t.true(created.ok, JSON.stringify(created));
  }
  await rig.settle();
  await rig.settle();
  const status = async () => {
    const [budget] = (await rig.list('poddisruptionbudgets')) as readonly PodDisruptionBudget[];
    return budget?.status;
  };
  const evict = async (pod: Pod | undefined, dryRun = false) => {
    const found = await rig.list('poddisruptionbudgets');
    const lists = { list: () => ({ objects: found, revision: 0 }) };
    const name = pod?.metadata.name ?? '';
    return await evictPod({ ...rig, lists }, at('pods', name), {}, dryRun);
  };
  return { ...rig, status, evict };
}

const counts = [
  [{ minAvailable: 1 }, { expectedPods: 4, desiredHealthy: 1, disruptionsAllowed: 3 }],
  [{ minAvailable: '30%' }, { expectedPods: 4, desiredHealthy: 2, disruptionsAllowed: 2 }],
  [{ maxUnavailable: 1 }, { expectedPods: 4, desiredHealthy: 3, disruptionsAllowed: 1 }],
  [{ maxUnavailable: '30%' }, { expectedPods: 4, desiredHealthy: 2, disruptionsAllowed: 2 }],
  [{ maxUnavailable: 0 }, { expectedPods: 4, desiredHealthy: 4, disruptionsAllowed: 0 }],
  [
    { minAvailable: 1, selector: {} },
    { expectedPods: 4, desiredHealthy: 1, disruptionsAllowed: 3 },
  ],
  [
    { minAvailable: 0, selector: { matchLabels: { app: 'none' } } },
    { expectedPods: 0, desiredHealthy: 0, disruptionsAllowed: 0 },
  ],
] as const;

for (const [spec, status] of counts) {
  test(`the status of ${JSON.stringify(spec)} counts pods, those that are ready, and those that may go`, async (t) => {
    const rig = await rigWith(t, spec);
    const found = await rig.status();
    t.like(found, { ...status, currentHealthy: status.expectedPods, observedGeneration: 1 });
    const allowed = status.disruptionsAllowed > 0;
    const [condition] = found?.conditions ?? [];
    t.like(condition, { type: 'DisruptionAllowed', status: allowed ? 'True' : 'False' });
  });
}

test('evictions take pods until the budget allows no more, which is told with 429', async (t) => {
  const rig = await rigWith(t, { maxUnavailable: 1 });
  // What was evicted does not end for now.
  rig.losing.add('poke');
  const pods = await rig.pods();
  t.true((await rig.evict(pods[0], true)).ok, 'a dry run takes nothing');
  t.is((await rig.status())?.disruptionsAllowed, 1);
  t.like(await rig.evict(pods[0]), { ok: true, value: { kind: 'Status', status: 'Success' } });
  const [gone] = await rig.pods();
  t.truthy(gone?.metadata.deletionTimestamp);
  t.is(gone?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'EvictionByEvictionAPI');
  const refused = await rig.evict(pods[1]);
  t.like(refused, { ok: false, status: { code: 429, reason: 'TooManyRequests' } });
  t.regex(JSON.stringify(refused), /Cannot evict pod as it would violate the pod's disruption budget\./);
  rig.losing.clear();
  for (let i = 0; i < 8; i++) await rig.settle();
  t.like(await rig.status(), { disruptionsAllowed: 1, currentHealthy: 4 }, 'another has taken its place');
  t.true((await rig.evict((await rig.pods())[3])).ok);
});

test('two evictions at once never take more than the budget allows', async (t) => {
  const rig = await rigWith(t, { maxUnavailable: 2 });
  const answers = await Promise.all((await rig.pods()).map((pod) => rig.evict(pod)));
  t.is(answers.filter(({ ok }) => ok).length, 2);
});

test('a pod that two budgets count can not be evicted, as in Kubernetes', async (t) => {
  const rig = await rigWith(t, { maxUnavailable: 1 }, { minAvailable: 1 });
  const [pod] = await rig.pods();
  t.like(await rig.evict(pod), { ok: false, status: { code: 500 } });
});

test('a budget that says both or nonsense is refused with the path of the field', async (t) => {
  const rig = masterRig();
  t.teardown(rig.stop);
  await bootstrap(rig.objects);
  const refusal = async (spec: object): Promise<string> => {
    const object = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec };
    return JSON.stringify(await rig.objects.create('poddisruptionbudgets', object, { namespace: 'default' }));
  };
  t.regex(await refusal({ minAvailable: 1, maxUnavailable: 1 }), /spec: Invalid value.*cannot be both set/);
  t.regex(await refusal({ minAvailable: '120%' }), /spec\.minAvailable: Invalid value.*must not be greater than 100%/);
  t.regex(await refusal({ maxUnavailable: -1 }), /spec\.maxUnavailable/);
  t.regex(await refusal({ maxUnavailable: 'many' }), /spec\.maxUnavailable.*percentage/);
  t.regex(await refusal({ unhealthyPodEvictionPolicy: 'Never' }), /spec\.unhealthyPodEvictionPolicy.*IfHealthyBudget/);
});
