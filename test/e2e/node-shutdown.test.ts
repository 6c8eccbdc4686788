/** A device is shut down in order, and booted again; its agent is restarted. Of systemd there is only what it says of itself. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { until } from '../support/eventually.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';

const folder = (name: string) => mkdtempSync(join(tmpdir(), name));
const [bin, out, root] = [folder('bramble-systemctl-'), folder('bramble-shutdown-'), folder('bramble-root-')];
const path = process.env['PATH'];
let cluster: FieldCluster;

/** What systemd says of itself. */
function systemState(state: string): void {
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho ${state}\n`);
  chmodSync(join(bin, 'systemctl'), 0o755);
}

/** What the kernel and the firmware tell of a boot. */
function bootAs(bootId: string, resetStatus?: number): void {
  const [random, firmware] = [join(root, 'proc/sys/kernel/random'), join(root, 'proc/device-tree/chosen/bootloader')];
  for (const dir of [random, firmware]) mkdirSync(dir, { recursive: true });
  writeFileSync(join(random, 'boot_id'), `${bootId}\n`);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(resetStatus ?? 0);
  if (resetStatus !== undefined) writeFileSync(join(firmware, 'pm_rsts'), bytes);
}

async function untilRebooted(reason: string, bootID: string): Promise<void> {
  await until(`the Node says ${reason}`, async () => {
    const node = JSON.parse(await cluster.ok(['get', 'node', cluster.device.node, '-o', 'json']));
    const { lastReboot } = node.status.device ?? {};
    return lastReboot?.reason === reason && lastReboot.bootID === bootID;
  });
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
  bootAs('boot-1');
  cluster = await startFieldCluster(135, [`--health-root=${root}`]);
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
  for (const dir of [bin, out, root]) rmSync(dir, { recursive: true, force: true });
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
    bootAs('boot-2');
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

test.serial('the Node and an Event say why the device started anew', async (t) => {
  await untilRebooted('Requested', 'boot-2');
  await cluster.device.powerCut();
  bootAs('boot-3', 0x1000);
  cluster.device.startAgent();
  await untilRebooted('PowerLoss', 'boot-3');
  const events = await cluster.ok(['events', '--for', `node/${cluster.device.node}`]);
  t.regex(events, /Rebooted .*boot id: boot-2: the system was shut down in order/);
  t.regex(events, /Rebooted .*boot id: boot-3: the board was without power/);
});
