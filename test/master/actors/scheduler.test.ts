import test, { type ExecutionContext } from 'ava';
import type { Pod } from '../../../src/common/model/pod.ts';
import { defaultConfig, defaultProfile, profilesOf } from '../../../src/master/core/scheduling/profile.ts';
import { bootstrap } from '../../../src/master/objects.ts';
import { masterRig } from '../../support/master-rig.ts';

/** A cluster with one device of 4 cores. */
async function rigWith(t: ExecutionContext, scheduling = defaultConfig) {
  const rig = masterRig(scheduling);
  t.teardown(rig.stop);
  await bootstrap(rig.objects);
  rig.startMaster();
  await rig.clock.settle();
  rig.startDevice('pi-1');
  await rig.settle();
  const create = async (name: string, cpu: string, spec: object = {}) => {
    const containers = [{ name: 'c', image: 'a:1', resources: { requests: { cpu } } }];
    const made = await rig.objects.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers, ...spec },
    });
    t.true(made.ok, JSON.stringify(made));
  };
  const createClass = async (name: string, value: number, more: object = {}) => {
    const metadata = { name };
    const object = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value, ...more };
    t.true((await rig.objects.create('priorityclasses', object)).ok);
  };
  const pod = async (name: string) => (await rig.pods()).find((one) => one.metadata.name === name);
  const events = async (reason: string) =>
    (await rig.list('events')).filter((one) => one['reason'] === reason).map((one) => String(one['message']));
  return { ...rig, create, createClass, pod, events };
}

const why = (pod: Pod | undefined) => pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');

test('a pod that nothing can take says why, and is bound when a change makes room for it', async (t) => {
  const rig = await rigWith(t);
  await rig.create('first', '3');
  await rig.settle();
  await rig.create('second', '2');
  await rig.settle();
  t.is(why(await rig.pod('second'))?.message, '0/1 nodes are available: 1 Insufficient cpu.');
  t.deepEqual(await rig.events('FailedScheduling'), ['0/1 nodes are available: 1 Insufficient cpu.']);
  await rig.objects.delete({ resource: 'pods', namespace: 'default', name: 'first' }, { gracePeriodSeconds: 0 });
  await rig.settle();
  t.is((await rig.pod('second'))?.spec.nodeName, 'pi-1');
  t.is(why(await rig.pod('second'))?.status, 'True');
});

test('a pod with scheduling gates waits until the last is taken away', async (t) => {
  const rig = await rigWith(t);
  await rig.create('gated', '1', { schedulingGates: [{ name: 'example.com/a' }, { name: 'example.com/b' }] });
  await rig.settle();
  t.is(why(await rig.pod('gated'))?.reason, 'SchedulingGated');
  const key = { resource: 'pods', namespace: 'default', name: 'gated' };
  const bound = await rig.objects.bind(key, (await rig.pod('gated'))?.metadata.uid ?? '', 'pi-1');
  t.false(bound.ok, 'nobody may bind it');
  await rig.objects.patch(key, 'merge', { spec: { schedulingGates: [{ name: 'example.com/b' }] } });
  await rig.settle();
  t.is((await rig.pod('gated'))?.spec.nodeName, undefined);
  const added = await rig.objects.patch(key, 'merge', { spec: { schedulingGates: [{ name: 'example.com/c' }] } });
  t.false(added.ok, 'gates can not be added');
  await rig.objects.patch(key, 'merge', { spec: { schedulingGates: null } });
  await rig.settle();
  t.is((await rig.pod('gated'))?.spec.nodeName, 'pi-1');
});

test('a more important pod has others removed in order, and gets their room', async (t) => {
  const rig = await rigWith(t);
  await rig.createClass('high', 1000);
  await rig.createClass('polite', 500, { preemptionPolicy: 'Never' });
  await rig.create('a', '2');
  await rig.create('b', '2');
  await rig.settle();
  await rig.create('waits', '1', { priorityClassName: 'polite' });
  await rig.settle();
  t.is((await rig.pods()).filter(({ spec }) => spec.nodeName !== undefined).length, 2, 'Never removes nobody');
  await rig.create('important', '2', { priorityClassName: 'high' });
  await rig.settle();
  await rig.settle();
  const pods = await rig.pods();
  t.is(pods.find((one) => one.metadata.name === 'important')?.spec.nodeName, 'pi-1');
  t.is(pods.find((one) => one.metadata.name === 'important')?.status?.nominatedNodeName, undefined);
  t.is(pods.filter((one) => ['a', 'b'].includes(one.metadata.name)).length, 1, 'one was enough');
  t.is(pods.find((one) => one.metadata.name === 'waits')?.spec.nodeName, undefined);
  const [preempted] = await rig.events('Preempted');
  t.regex(preempted ?? '', /^Preempted by pod uid-\d+ on node pi-1$/);
});

test('while room is made the pod names its node, and nothing less important takes the room', async (t) => {
  const rig = await rigWith(t);
  await rig.createClass('high', 1000);
  await rig.create('big', '4', { terminationGracePeriodSeconds: 30 });
  await rig.settle();
  // The device does not answer: the pod that is to go stays for now.
  rig.losing.add('poke');
  await rig.create('important', '3', { priorityClassName: 'high' });
  await rig.settle();
  const waiting = await rig.pod('important');
  t.is(waiting?.status?.nominatedNodeName, 'pi-1');
  t.truthy((await rig.pod('big'))?.metadata.deletionTimestamp);
  t.is((await rig.pod('big'))?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.status, 'True');
  await rig.create('small', '2');
  await rig.settle();
  rig.losing.clear();
  for (let i = 0; i < 5; i++) await rig.settle();
  t.is((await rig.pod('important'))?.spec.nodeName, 'pi-1');
  t.is((await rig.pod('small'))?.spec.nodeName, undefined);
  t.is((await rig.events('Preempted')).length, 1);
});

test('a pod that names an unknown scheduler stays pending and says so; one of a scheduler of your own is left alone', async (t) => {
  const rig = await rigWith(t, { ...defaultConfig, external: new Set(['mine']) });
  await rig.create('lost', '1', { schedulerName: 'nobody' });
  await rig.create('foreign', '1', { schedulerName: 'mine' });
  await rig.settle();
  const message =
    'no scheduler is named "nobody": known are default-scheduler; schedulers of your own are named in the master\'s setting externalSchedulers';
  t.like(why(await rig.pod('lost')), { status: 'False', reason: 'SchedulerNotFound', message });
  t.deepEqual(await rig.events('FailedScheduling'), [message]);
  t.is(why(await rig.pod('foreign')), undefined);
  const { revision } = await rig.store.list({ resource: 'pods' });
  await rig.settle();
  t.is((await rig.store.list({ resource: 'pods' })).revision, revision, 'they cost nothing');
  const key = { resource: 'pods', namespace: 'default', name: 'foreign' };
  t.true((await rig.objects.bind(key, (await rig.pod('foreign'))?.metadata.uid ?? '', 'pi-1')).ok);
});

test('each pod is placed by the profile that it names', async (t) => {
  const picky = { presentLabels: ['fast'], absentLabels: [], presentLabelsPreference: [], absentLabelsPreference: [] };
  const settings = { schedulerName: 'picky', plugins: {}, pluginConfig: [{ name: 'NodeLabel' as const, args: picky }] };
  const rig = await rigWith(t, { ...defaultConfig, profiles: profilesOf([settings]) });
  await rig.create('any', '1');
  await rig.create('fussy', '1', { schedulerName: 'picky' });
  await rig.settle();
  t.is((await rig.pod('any'))?.spec.nodeName, 'pi-1');
  t.is(why(await rig.pod('fussy'))?.message, "0/1 nodes are available: 1 node(s) didn't have the requested labels.");
  await rig.objects.patch({ resource: 'nodes', name: 'pi-1' }, 'merge', { metadata: { labels: { fast: '' } } });
  await rig.settle();
  t.is((await rig.pod('fussy'))?.spec.nodeName, 'pi-1', 'woken by the change that helps it');
});

test('an impossible pod costs nothing while nothing changes: nothing is decided and nothing is written', async (t) => {
  let decisions = 0;
  const counting = {
    name: 'NodeResourcesFit',
    fixed: false,
    filter: (): readonly string[] => {
      decisions += 1;
      return ['impossible'];
    },
  };
  const profile = { ...defaultProfile, nodePlugins: [counting] };
  const rig = await rigWith(t, { ...defaultConfig, profiles: new Map([[profile.name, profile]]) });
  await rig.create('impossible', '1');
  for (let i = 0; i < 20; i++) await rig.settle();
  const asked = decisions;
  t.true(asked > 0);
  const { revision } = await rig.store.list({});
  for (let i = 0; i < 50; i++) await rig.settle();
  t.is(decisions, asked, 'nobody was asked again in five minutes');
  t.is((await rig.store.list({})).revision, revision);
  t.is(why(await rig.pod('impossible'))?.message, '0/1 nodes are available: 1 impossible.');
});

test('a pod that nobody made room for has others removed once a change makes that enough', async (t) => {
  const rig = await rigWith(t);
  await rig.createClass('high', 1000);
  await rig.create('a', '2', { priorityClassName: 'high' });
  await rig.create('b', '1', { priorityClassName: 'high' });
  await rig.create('low', '1');
  await rig.settle();
  await rig.create('waits', '2', { priorityClassName: 'high' });
  await rig.settle();
  t.is((await rig.pods()).filter(({ spec }) => spec.nodeName !== undefined).length, 3, 'one core is not enough');
  await rig.objects.delete({ resource: 'pods', namespace: 'default', name: 'b' }, { gracePeriodSeconds: 0 });
  await rig.settle();
  await rig.clock.advance(40_000);
  await rig.settle();
  t.is((await rig.pod('waits'))?.spec.nodeName, 'pi-1');
  t.is(await rig.pod('low'), undefined);
});

test('the reasons of a pod that waits for long follow what has changed', async (t) => {
  const rig = await rigWith(t);
  await rig.create('first', '3');
  await rig.settle();
  await rig.create('second', '2');
  await rig.settle();
  t.is(why(await rig.pod('second'))?.message, '0/1 nodes are available: 1 Insufficient cpu.');
  const taints = [{ key: 'a', value: 'b', effect: 'NoSchedule' }];
  await rig.objects.patch({ resource: 'nodes', name: 'pi-1' }, 'merge', { spec: { taints } });
  await rig.settle();
  await rig.clock.advance(301_000);
  await rig.settle();
  t.is(why(await rig.pod('second'))?.message, '0/1 nodes are available: 1 node(s) had untolerated taint {a: b}.');
});

test('events come from the scheduler that the pod names', async (t) => {
  const rig = await rigWith(t, {
    ...defaultConfig,
    profiles: profilesOf([{ schedulerName: 'other', plugins: {}, pluginConfig: [] }]),
  });
  await rig.create('web', '1', { schedulerName: 'other' });
  await rig.settle();
  const scheduled = (await rig.list('events')).find((one) => one['reason'] === 'Scheduled');
  t.like(scheduled, { source: { component: 'other' } });
});
