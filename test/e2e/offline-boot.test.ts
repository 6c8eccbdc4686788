/**
 * A device in a field: its pods are assigned, then its power and its network go, and the power comes back, with the clock at
 * 1970. The device is a network namespace with an agent and a containerd of its own.
 */

import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { until } from '../support/eventually.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';
import type { FieldDevice, RunningContainer } from '../support/field-device.ts';

const image = 'bramble.local/busybox:1';
let cluster: FieldCluster;
let device: FieldDevice;

const pod = (name: string, spec: object, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image, command: ['sh', '-c', 'exec sleep 100000'], ...container }],
    ...spec,
  },
});
/** What somebody sees who stands before the device. */
const onDevice = async (...args: string[]): Promise<string> => {
  const { stdout } = await cluster.bramble(['agent', ...args, '--socket', join(device.runDir, 'agent.sock')]);
  return stdout;
};
const list = (...items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** By the name of the pod. */
const idsOf = (running: readonly RunningContainer[]): Readonly<Record<string, string>> =>
  Object.fromEntries(running.map(({ pod, id }) => [pod, id]));

/** The ids of the running containers, once those of exactly these pods run. */
async function untilRuns(...pods: readonly string[]): Promise<Readonly<Record<string, string>>> {
  let found: readonly RunningContainer[] | undefined;
  try {
    await until(`${pods.join(', ')} run`, async () => {
      found = await device.running();
      return (
        found
          ?.map((one) => one.pod)
          .toSorted()
          .join() === pods.toSorted().join()
      );
    });
  } catch (error) {
    throw new Error(`${JSON.stringify(found)}\n${cluster.lastWords()}`, { cause: error });
  }
  return idsOf(found ?? []);
}

test.before(async () => {
  cluster = await startFieldCluster(62);
  device = cluster.device;
  device.startAgent();
  await cluster.untilNodeReady();
});

test.after.always(async () => {
  await cluster?.stop();
});

test.serial(
  'without a network and with the clock at 1970 all assigned pods run soon after the power is back',
  async (t) => {
    const key = Buffer.from('hunter2').toString('base64');
    const reads = 'test "$COLOR" = red && test "$(cat /etc/key/password)" = hunter2 && exec sleep 100000';
    await cluster.ok(
      ['apply', '-f', '-'],
      list(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { COLOR: 'red' } },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, data: { password: key } },
        pod(
          'reader',
          { volumes: [{ name: 'key', secret: { secretName: 'key' } }] },
          {
            command: ['sh', '-c', reads],
            imagePullPolicy: 'Always',
            envFrom: [{ configMapRef: { name: 'settings' } }],
            volumeMounts: [{ name: 'key', mountPath: '/etc/key' }],
          },
        ),
        pod('plain', {}),
        pod('leaves', {}),
        pod('once', { restartPolicy: 'Never' }, { command: ['sh', '-c', 'exit 0'] }),
      ),
    );
    writeFileSync(join(device.manifests, 'static.json'), JSON.stringify(pod('static', {})));
    const here = `static-${device.node}`;
    await untilRuns('reader', 'plain', 'leaves', here);
    await cluster.ok(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/once', '--timeout=20s']);
    const before = await device.running();

    device.link(false);
    await cluster.endMaster();
    await device.powerCut();
    device.link(false);
    const begun = performance.now();
    device.startAgent(Date.now() - 60_000);
    await until('the runtime is up', async () => (await device.running()) !== undefined);
    const up = performance.now();
    const ids = await untilRuns('reader', 'plain', 'leaves', here);
    t.log(`runtime up after ${Math.round(up - begun)} ms, all run ${Math.round(performance.now() - up)} ms later`);
    t.true(performance.now() - up < 30_000);
    t.deepEqual(
      Object.values(ids).filter((id) => before?.some((one) => one.id === id)),
      [],
    );

    const rows = (await onDevice('pods', '--no-headers')).split('\n').filter((row) => row.includes('Running'));
    t.is(rows.length, 4, rows.join('\n'));

    // Events of a time that is decades back, and a container that ends while nobody knows.
    const { plain = '' } = ids;
    process.kill(await pidOf(plain), 'SIGKILL');
    await until('plain runs again', async () => {
      const now = idsOf((await device.running()) ?? []);
      return now['plain'] !== undefined && now['plain'] !== plain;
    });
    const last = idsOf((await device.running()) ?? []);

    cluster.startMaster();
    await until(
      'the master answers',
      async () => (await cluster.bramble(['delete', 'pod', 'leaves', '--wait=false'])).code === 0,
    );
    device.link(true);
    await until('the deletion of the gap is carried out', async () => {
      return !((await device.running()) ?? []).some((one) => one.pod === 'leaves');
    });
    await cluster.ok(['wait', '--for=delete', 'pod/leaves', '--timeout=20s']);
    await cluster.ok(['wait', '--for=condition=Ready', `node/${device.node}`, '--timeout=30s']);
    const { leaves: _, ...stay } = last;
    t.deepEqual(idsOf((await device.running()) ?? []), stay, 'nothing is restarted');
    for (const name of ['reader', 'plain']) {
      await until(`the master knows the container of ${name}`, async () => {
        const told = await cluster.ok([
          'get',
          'pod',
          name,
          '-o',
          'jsonpath={.status.containerStatuses[0].containerID}',
        ]);
        return told === `containerd://${last[name]}`;
      });
    }
    t.is(await cluster.ok(['get', 'pod', 'once', '-o', 'jsonpath={.status.phase}']), 'Succeeded');
    await until('events of the gap are there, with times of this year', async () => {
      const events = JSON.parse(await cluster.ok(['get', 'events', '-o', 'json'])) as {
        items: { involvedObject: { name: string }; reason: string; lastTimestamp: string; source: { host?: string } }[];
      };
      const told = events.items.filter(({ source }) => source.host === device.node);
      t.true(told.every(({ lastTimestamp }) => Date.parse(lastTimestamp) > Date.now() - 600_000));
      return told.some(({ involvedObject, reason }) => involvedObject.name === 'reader' && reason === 'Started');
    });
  },
);

/** The process of a container, from the runtime's own files. */
async function pidOf(id: string): Promise<number> {
  const state = join(device.runDir, 'containerd', 'state', 'io.containerd.runtime.v2.task', 'k8s.io', id, 'init.pid');
  return Number(readFileSync(state, 'utf8'));
}

test.serial(
  'what ended without a network is not run again after a power cut; a damaged checkpoint is said and mended',
  async (t) => {
    const runs = join(device.dataDir, 'runs');
    mkdirSync(runs, { recursive: true });
    const job = pod(
      'job',
      {
        restartPolicy: 'Never',
        volumes: [{ name: 'runs', hostPath: { path: runs, type: 'Directory' } }],
      },
      {
        command: ['sh', '-c', 'echo run >> /runs/count; until test -e /runs/go; do sleep 0.1; done'],
        volumeMounts: [{ name: 'runs', mountPath: '/runs' }],
      },
    );
    await cluster.ok(['apply', '-f', '-'], list(job));
    const here = `static-${device.node}`;
    await untilRuns('reader', 'plain', here, 'job');
    device.link(false);
    writeFileSync(join(runs, 'go'), '');
    await untilRuns('reader', 'plain', here);
    await device.powerCut();
    device.link(false);
    device.startAgent(Date.now() - 60_000);
    const ids = await untilRuns('reader', 'plain', here);
    await until('the device knows the end of the job', async () => /job.*Completed/.test(await onDevice('pods')));
    t.is(readFileSync(join(runs, 'count'), 'utf8'), 'run\n');
    await device.endAgent('SIGKILL');
    const checkpoint = join(device.dataDir, 'checkpoint');
    const [newest = ''] = ['index-0.json', 'index-1.json'].toSorted(
      (a, b) => generationOf(checkpoint, b) - generationOf(checkpoint, a),
    );
    truncateSync(join(checkpoint, newest), 100);
    device.startAgent(Date.now() - 60_000);
    await until('the damage is said', async () => /CheckpointDamaged/.test(await onDevice('status')));
    device.link(true);
    await until('the damage is an event', async () =>
      (await cluster.ok(['get', 'events'])).includes('CheckpointDamaged'),
    );
    await cluster.ok(['wait', '--for=condition=CheckpointProblem=False', `node/${device.node}`, '--timeout=20s']);
    await cluster.ok(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/job', '--timeout=20s']);
    t.is(readFileSync(join(runs, 'count'), 'utf8'), 'run\n');
    t.deepEqual(idsOf((await device.running()) ?? []), ids);
  },
);

const generationOf = (dir: string, name: string): number =>
  (JSON.parse(readFileSync(join(dir, name), 'utf8')) as { generation: number }).generation;
