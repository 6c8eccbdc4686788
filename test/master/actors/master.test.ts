import test, { type ExecutionContext } from 'ava';
import type { Deployment } from '../../../src/common/model/deployment.ts';
import type { Node } from '../../../src/common/model/node.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import { type UpMessage, upWire } from '../../../src/common/wire/agent-protocol.ts';
import { nodeUpPath } from '../../../src/common/wire/subjects.ts';
import { masterRig } from '../../support/master-rig.ts';

const KEY = { resource: 'deployments', namespace: 'default', name: 'web' };

function deployment(replicas: number, image = 'a:1') {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
    },
  };
}

async function rigWith(t: ExecutionContext, replicas: number) {
  const rig = masterRig();
  t.teardown(rig.stop);
  await rig.objects.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const master = rig.startMaster();
  await rig.clock.settle();
  const devices = [rig.startDevice('pi-1'), rig.startDevice('pi-2')];
  const made = await rig.objects.create('deployments', deployment(replicas));
  t.true(made.ok, JSON.stringify(made));
  await rig.settle();
  return { ...rig, master, devices };
}

test('a Deployment of 3 becomes 3 bound, ready pods and is complete', async (t) => {
  const rig = await rigWith(t, 3);
  const pods = await rig.pods();
  t.deepEqual(rig.errors, []);
  t.is(pods.length, 3, JSON.stringify(await rig.list('events'), null, 1));
  t.true(pods.every((pod) => pod.spec.nodeName !== undefined && pod.status?.phase === 'Running'));
  const [web] = (await rig.list('deployments')) as readonly Deployment[];
  t.is(web?.status?.availableReplicas, 3);
  t.is(web?.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
  t.is(web?.status?.conditions?.find((one) => one.type === 'Progressing')?.reason, 'NewReplicaSetAvailable');
});

test('a new template rolls out to its end and keeps the old ReplicaSet', async (t) => {
  const rig = await rigWith(t, 4);
  await rig.objects.update(KEY, deployment(4, 'a:2'));
  await rig.settle();
  const pods = await rig.pods();
  t.deepEqual(
    pods.map((pod) => pod.spec.containers[0]?.image),
    Array.from({ length: 4 }, () => 'a:2'),
  );
  t.is((await rig.list('replicasets')).length, 2);
  const [web] = (await rig.list('deployments')) as readonly Deployment[];
  t.is(web?.metadata.annotations?.['deployment.kubernetes.io/revision'], '2');
});

test('scaling up and down ends with the wanted number of pods', async (t) => {
  const rig = await rigWith(t, 2);
  await rig.objects.patch(KEY, 'merge', { spec: { replicas: 7 } });
  await rig.settle();
  t.is((await rig.pods()).length, 7);
  await rig.objects.patch(KEY, 'merge', { spec: { replicas: 1 } });
  await rig.settle();
  t.is((await rig.pods()).length, 1);
});

test('deleting a Deployment takes its ReplicaSets and pods with it', async (t) => {
  const rig = await rigWith(t, 3);
  await rig.objects.delete(KEY, { propagationPolicy: 'Background' });
  await rig.settle();
  t.deepEqual(await rig.pods(), []);
  t.deepEqual(await rig.list('replicasets'), []);
});

test('a silent device becomes Unknown and tainted, keeps its pods, and recovers', async (t) => {
  const rig = await rigWith(t, 3);
  const before = (await rig.pods()).map((pod) => pod.metadata.uid).sort();
  await rig.devices[0]?.shutdown();
  await rig.clock.advance(70_000);
  const node = async () => ((await rig.list('nodes')) as readonly Node[]).find((one) => one.metadata.name === 'pi-1');
  t.is((await node())?.status?.conditions?.find((one) => one.type === 'Ready')?.status, 'Unknown');
  t.is((await node())?.spec.taints?.[0]?.key, 'node.kubernetes.io/unreachable');
  rig.startDevice('pi-1');
  await rig.settle();
  t.is((await node())?.status?.conditions?.find((one) => one.type === 'Ready')?.status, 'True');
  t.is((await node())?.spec.taints, undefined);
  t.deepEqual((await rig.pods()).map((pod) => pod.metadata.uid).sort(), before);
});

const BOUND = { resource: 'pods', namespace: 'default', name: 'bound' };
const boundPod = (spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'bound', namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'a:1' }], nodeName: 'pi-1', ...spec },
});

test('taints follow the conditions of a device, and go when nobody knows of them any more', async (t) => {
  const rig = await rigWith(t, 0);
  const key = { resource: 'nodes', name: 'pi-1' };
  const node = async () => ((await rig.list('nodes')) as readonly Node[]).find((one) => one.metadata.name === 'pi-1');
  const taints = async () => (await node())?.spec.taints?.map(({ key: name, effect }) => `${name}:${effect}`).sort();
  const ready = { type: 'Ready', status: 'True' } as const;
  const ailing = [ready, { type: 'MemoryPressure', status: 'True' }, { type: 'UnderVoltage', status: 'True' }] as const;
  await rig.objects.changeStatus(key, undefined, (stored) => ({ ...(stored as Node).status, conditions: ailing }));
  await rig.objects.patch(key, 'merge', { spec: { unschedulable: true } });
  await rig.settle();
  t.deepEqual(await taints(), [
    'bramble.io/under-voltage:PreferNoSchedule',
    'node.kubernetes.io/memory-pressure:NoSchedule',
    'node.kubernetes.io/unschedulable:NoSchedule',
  ]);
  await rig.devices[0]?.shutdown();
  await rig.clock.advance(70_000);
  t.deepEqual(
    (await node())?.status?.conditions?.map(({ status }) => status),
    ['Unknown', 'Unknown', 'Unknown'],
  );
  t.deepEqual(await taints(), [
    'node.kubernetes.io/unreachable:NoExecute',
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unschedulable:NoSchedule',
  ]);
  await rig.objects.patch(key, 'merge', { spec: { unschedulable: null } });
  await rig.settle();
  t.false((await taints())?.includes('node.kubernetes.io/unschedulable:NoSchedule'));
});

test('a device whose poke was lost is poked again after its next beat, and never when it has all', async (t) => {
  const rig = await rigWith(t, 0);
  await rig.settle();
  rig.losing.add('poke');
  await rig.objects.create('pods', boundPod({}));
  await rig.settle();
  t.is(rig.pulled.filter(({ kind }) => kind === 'Pod').length, 0);
  rig.losing.clear();
  await rig.clock.advance(10_000);
  const { length } = rig.pulled.filter(({ kind }) => kind === 'Pod');
  t.is(length, 1);
  await rig.clock.advance(30_000);
  t.is(rig.pulled.length, length);
});

test('a readiness gate that a client opens reaches the device, whose reports keep it', async (t) => {
  const rig = await rigWith(t, 0);
  await rig.objects.create('pods', boundPod({ readinessGates: [{ conditionType: 'example.com/gate' }] }));
  await rig.settle();
  const gate = { type: 'example.com/gate', status: 'True' };
  const before = rig.pulled.length;
  await rig.objects.patch(BOUND, 'strategic', { status: { conditions: [gate] } }, { subresource: 'status' });
  await rig.settle();
  const [seen] = rig.pulled.slice(before).filter(({ metadata }) => metadata.name === 'bound');
  t.deepEqual((seen as Pod).status?.conditions?.at(-1), gate);
  const [pod] = await rig.pods();
  t.deepEqual(pod?.status?.conditions?.map(({ type, status }) => `${type}=${status}`).sort(), [
    'ContainersReady=True',
    'Ready=True',
    'example.com/gate=True',
  ]);
});

test('the last word of a device stays, also when the one before it takes long to be stored', async (t) => {
  const rig = await rigWith(t, 0);
  await rig.objects.create('pods', boundPod());
  await rig.settle();
  const uid = (await rig.pods())[0]?.metadata.uid ?? '';
  const master = rig.devices[0]?.remote<UpMessage>(nodeUpPath('pi-1'), upWire);
  const report = (reason: string) =>
    master?.ask(
      {
        type: 'report',
        node: 'pi-1',
        pods: [{ namespace: 'default', name: 'bound', uid, status: { phase: 'Running', reason } }],
      },
      5000,
    );
  const get = rig.store.get.bind(rig.store);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = 0;
  rig.store.get = async (at) => {
    if (asked++ === 0) await held;
    return await get(at);
  };
  const answers = [report('old'), report('new')];
  await rig.clock.advance(1000);
  release();
  await rig.clock.settle();
  t.deepEqual(await Promise.all(answers), [{ results: ['ok'] }, { results: ['ok'] }]);
  t.is((await rig.pods())[0]?.status?.reason, 'new');
});

test('a pod on a device that is away stays until the device is back, or until it is deleted by force', async (t) => {
  const rig = await rigWith(t, 0);
  await rig.objects.create('pods', boundPod());
  await rig.objects.create('pods', { ...boundPod(), metadata: { name: 'forced', namespace: 'default' } });
  await rig.settle();
  await rig.devices[0]?.shutdown();
  for (const name of ['bound', 'forced']) await rig.objects.delete({ ...BOUND, name }, {});
  await rig.clock.advance(180_000);
  const names = async () => (await rig.pods()).map(({ metadata }) => metadata.name).sort();
  t.deepEqual(await names(), ['bound', 'forced']);
  await rig.objects.delete({ ...BOUND, name: 'forced' }, { gracePeriodSeconds: 0 });
  await rig.settle();
  t.deepEqual(await names(), ['bound']);
  rig.startDevice('pi-1');
  await rig.settle();
  t.deepEqual(await names(), []);
});

test('a master that restarts in the middle of a rollout carries on', async (t) => {
  const rig = await rigWith(t, 4);
  await rig.objects.update(KEY, deployment(4, 'a:2'));
  await rig.clock.settle();
  await rig.master.shutdown();
  rig.startMaster();
  await rig.settle();
  const pods = await rig.pods();
  t.is(pods.length, 4);
  t.true(pods.every((pod) => pod.spec.containers[0]?.image === 'a:2'));
});

test('an idle cluster writes nothing', async (t) => {
  const rig = await rigWith(t, 3);
  const { revision } = await rig.store.list({});
  await rig.clock.advance(25 * 60_000);
  t.is((await rig.store.list({})).revision, revision);
});
