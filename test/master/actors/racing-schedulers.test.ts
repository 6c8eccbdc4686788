import test, { type ExecutionContext } from 'ava';
import { seeded } from '../../../src/common/lib/random.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import { bindPod } from '../../../src/master/actors/bind-pod.ts';
import { bootstrap } from '../../../src/master/objects.ts';
import { masterRig } from '../../support/master-rig.ts';

const NODES = ['pi-1', 'pi-2', 'pi-3'];
const keyOf = ({ metadata: { name } }: Pod) => ({ resource: 'pods', namespace: 'default', name });

async function rigWith(t: ExecutionContext) {
  const rig = masterRig();
  t.teardown(rig.stop);
  await bootstrap(rig.objects);
  rig.startMaster();
  await rig.clock.settle();
  for (const name of NODES) rig.startDevice(name);
  await rig.settle();
  const create = async (name: string, spec: object = {}, cpu = '1') => {
    const containers = [{ name: 'c', image: 'a:1', resources: { requests: { cpu } } }];
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' } };
    t.true((await rig.objects.create('pods', { ...object, spec: { containers, ...spec } })).ok);
  };
  const reservations = {
    reserve: async (pod: Pod, node: string) => {
      const asked = rig.scheduler()?.ask({ type: 'reserve', pod, node }, 3_000);
      if (asked === undefined) throw new Error('there is no scheduler');
      return await asked;
    },
    unreserve: (uid: string) => void rig.scheduler()?.tell({ type: 'unreserve', uid }),
  };
  const bind = async (pod: Pod, node: string) =>
    await bindPod({ ...rig, reservations }, keyOf(pod), pod.metadata.uid, node);
  return { ...rig, create, bind };
}

function taken(pods: readonly Pod[]): ReadonlyMap<string, number> {
  const cores = new Map<string, number>();
  for (const { spec } of pods) {
    if (spec.nodeName === undefined) continue;
    const own = Number(spec.containers[0]?.resources.requests?.['cpu'] ?? 0);
    cores.set(spec.nodeName, (cores.get(spec.nodeName) ?? 0) + own);
  }
  return cores;
}

/** Things that happen in no order: pods come and go, time passes, and a scheduler binds what it saw pending long ago. */
function chaos(rig: Awaited<ReturnType<typeof rigWith>>, chance: () => number) {
  const oneOf = <T>(list: readonly T[]): T | undefined => list[Math.floor(chance() * list.length)];
  let stale: readonly Pod[] = [];
  const under: Promise<unknown>[] = [];
  const step = async (name: string): Promise<void> => {
    const what = chance();
    const pods = await rig.pods();
    if (what < 0.4) await rig.create(name, {}, String(1 + Math.floor(chance() * 2)));
    else if (what < 0.5) stale = pods;
    else if (what < 0.6) await rig.clock.advance(Math.floor(chance() * 200));
    else if (what < 0.65) await end(oneOf(pods));
    else bind(oneOf([...stale, ...pods.filter(({ spec }) => spec.nodeName === undefined)]));
  };
  const end = async (pod: Pod | undefined): Promise<void> => {
    if (pod !== undefined) await rig.objects.delete(keyOf(pod), { gracePeriodSeconds: 0 });
  };
  const bind = (pod: Pod | undefined): void => {
    if (pod !== undefined) under.push(rig.bind(pod, oneOf(NODES) ?? ''));
  };
  return { step, ended: () => Promise.all(under) };
}

for (let seed = 1; seed <= 12; seed++) {
  test(`two schedulers with views of different age never put more on a node than it has (seed ${seed})`, async (t) => {
    const rig = await rigWith(t);
    const { step, ended } = chaos(rig, seeded(seed));
    const check = (pods: readonly Pod[]): void => {
      for (const [node, cores] of taken(pods)) t.true(cores <= 4, `${node} has ${cores} of 4`);
    };
    for (let i = 0; i < 40; i++) {
      await step(`p${i}`);
      check(await rig.pods());
    }
    const settled = ended();
    for (let i = 0; i < 4; i++) await rig.settle();
    await settled;
    const pods = await rig.pods();
    check(pods);
    const waiting = pods.filter(({ spec }) => spec.nodeName === undefined);
    const free = NODES.map((node) => 4 - (taken(pods).get(node) ?? 0));
    const smallest = Math.min(...waiting.map(({ spec }) => Number(spec.containers[0]?.resources.requests?.['cpu'])));
    t.true(waiting.length === 0 || Math.max(...free) < smallest, 'whoever waits has no room');
    t.deepEqual(rig.errors, []);
  });
}

test('a binding that the node has no room for is refused; one that is never seen expires', async (t) => {
  const rig = await rigWith(t);
  await rig.create('own', { schedulerName: 'mine' }, '3');
  await rig.create('other', { schedulerName: 'mine' }, '2');
  await rig.settle();
  const [own, other] = await rig.pods();
  if (own === undefined || other === undefined) throw new Error('no pods');
  t.like(await rig.scheduler()?.ask({ type: 'reserve', pod: own, node: 'pi-1' }, 1_000), { reserved: true });
  const refused = await rig.bind(other, 'pi-1');
  t.like(refused, { ok: false, status: { code: 409 } });
  t.regex(JSON.stringify(refused), /node pi-1 has no room for it: Insufficient cpu/);
  await rig.clock.advance(30_000);
  await rig.settle();
  t.true((await rig.bind(other, 'pi-1')).ok, 'what was reserved and never bound is free again');
});
