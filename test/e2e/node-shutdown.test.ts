/** A device is shut down in order, and booted again; its agent is restarted. Of systemd there is only what it says of itself. */

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { until } from '../support/eventually.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';

const [bin, out] = ['bramble-systemctl-', 'bramble-shutdown-'].map((name) => mkdtempSync(join(tmpdir(), name))) as [
  string,
  string,
];
const path = process.env['PATH'];
let cluster: FieldCluster;

/** What systemd says of itself. */
function systemState(state: string): void {
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho ${state}\n`);
  chmodSync(join(bin, 'systemctl'), 0o755);
}

/** Tells when its signal came, and takes half a second to end. */
const pod = (name: string, priorityClassName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    priorityClassName,
    terminationGracePeriodSeconds: 10,
    volumes: [{ name: 'out', hostPath: { path: out, type: 'Directory' } }],
    containers: [
      {
        name: 'app',
        image: 'bramble.local/busybox:1',
        imagePullPolicy: 'Never',
        command: [
          'sh',
          '-c',
          `trap 'echo ${name} begins >> /out/log; sleep 0.5; echo ${name} ends >> /out/log; exit 0' TERM; touch /out/${name}; while :; do sleep 0.1; done`,
        ],
        volumeMounts: [{ name: 'out', mountPath: '/out' }],
      },
    ],
  },
});
const priority = (name: string, value: number) => ({
  ...{ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value },
});
const said = (): string => (existsSync(join(out, 'log')) ? readFileSync(join(out, 'log'), 'utf8') : '');
const idsOf = async () => (await cluster.device.running())?.map(({ id }) => id).toSorted() ?? [];
const untilRun = (count: number) =>
  until(`${count} containers run`, async () => (await cluster.device.running())?.length === count);

test.before(async () => {
  process.env['PATH'] = `${bin}:${path}`;
  systemState('running');
  cluster = await startFieldCluster(135);
  cluster.device.startAgent();
  await cluster.untilNodeReady();
  const items = [priority('low', -10), priority('high', 1000), pod('first', 'low'), pod('second', 'high')];
  await cluster.ok(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await untilRun(2);
  // The traps are set.
  await until('the pods are ready to end', async () =>
    ['first', 'second'].every((name) => existsSync(join(out, name))),
  );
});

test.after.always(async () => {
  process.env['PATH'] = path;
  await cluster?.stop();
  for (const dir of [bin, out]) rmSync(dir, { recursive: true, force: true });
});

test.serial('pods run on while the agent is restarted', async (t) => {
  const before = await idsOf();
  await cluster.device.endAgent('SIGTERM');
  t.deepEqual(await idsOf(), before);
  t.is(said(), '');
  cluster.device.startAgent();
  await until('it is there again', async () => cluster.device.log().split('agent is ready').length === 3);
  t.deepEqual(await idsOf(), before);
});

test.serial(
  'when the system goes down, pods end by priority before the agent does, and run again after the boot',
  async (t) => {
    systemState('stopping');
    const before = await idsOf();
    const began = performance.now();
    await cluster.device.endAgent('SIGTERM');
    t.true(performance.now() - began < 30_000);
    t.deepEqual(said().trim().split('\n'), ['first begins', 'first ends', 'second begins', 'second ends']);
    t.deepEqual(await idsOf(), []);
    const { status } = JSON.parse(await cluster.ok(['get', 'pod', 'second', '-o', 'json']));
    t.like(status, { phase: 'Running', reason: 'Terminated' });
    const node = JSON.parse(await cluster.ok(['get', 'node', cluster.device.node, '-o', 'json']));
    const ready = node.status.conditions.find(({ type }: { type: string }) => type === 'Ready');
    t.like(ready, { status: 'False', reason: 'KubeletNotReady' });

    await cluster.device.powerCut();
    systemState('running');
    cluster.device.startAgent();
    await untilRun(2);
    t.false((await idsOf()).some((id) => before.includes(id)));
    await until('its status says so', async () => {
      const pods = JSON.parse(await cluster.ok(['get', 'pods', '-o', 'json'])).items;
      return pods.every(
        (one: { status: { reason?: string; phase: string } }) =>
          one.status.reason === undefined && one.status.phase === 'Running',
      );
    });
  },
);
