import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { deviceNumbers } from '../../../../src/agent/io/usage/proc-files.ts';
import { createUsage } from '../../../../src/agent/io/usage/usage.ts';
import { CriError } from '../../../../src/agent/ports/cri.ts';
import { type PodSubject, type Usage, UsageError } from '../../../../src/agent/ports/usage.ts';
import { nextTurn } from '../../../../src/common/actor/clock.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import {
  CONTAINER,
  type KernelTree,
  kernelTree,
  PID,
  POD,
  scopeOfContainer,
  version1,
  version2,
} from './kernel-tree.ts';

const subject: PodSubject = {
  pod: { namespace: 'default', name: 'web', uid: POD },
  sandboxId: 'box',
  createdAtWall: 1_795_200_400_000,
  containers: [{ id: CONTAINER, name: 'main', image: 'app:1', createdAtWall: 0 }],
};

async function reader(t: ExecutionContext, tree: KernelTree, pid: () => Promise<number | undefined> = async () => PID) {
  const clock = new FakeClock();
  const dataDir = join(tree.root, 'data');
  mkdirSync(dataDir);
  const asked = { pids: 0, layers: 0 };
  const usage: Usage = await createUsage({
    cri: {
      containerPid: () => {
        asked.pids += 1;
        return pid();
      },
      imageFs: async () => ({ mountpoint: '/', usedBytes: 1000, inodesUsed: 10 }),
      writableLayers: async () => {
        asked.layers += 1;
        return new Map([[CONTAINER, { mountpoint: '/', usedBytes: 4096, inodesUsed: 2 }]]);
      },
    },
    ...{ socket: '/run/none.sock', clock },
    ...{ dataDir, logDir: join(dataDir, 'logs'), cgroupRoot: '/bramble', fileRoot: tree.root },
  });
  t.teardown(() => usage.close());
  return { usage, asked, dataDir, clock };
}

test('version 2: a container is read whole, wherever systemd has put it', async (t) => {
  const { usage } = await reader(t, kernelTree(t, version2));
  const [pod] = (await usage.read([subject], 'fresh')).pods;
  const [container] = pod?.containers ?? [];
  t.deepEqual(container?.cpu, {
    usageNanos: 863_751_000,
    userNanos: 840_000_000,
    systemNanos: 23_751_000,
    throttling: { periods: 100, throttledPeriods: 40, throttledNanos: 2_500_000_000 },
    quota: { micros: 50_000, periodMicros: 100_000 },
    shares: 998,
    pressure: {
      some: { avg10: 12.5, avg60: 0.8, avg300: 0.21, totalMicros: 5_000_000 },
      full: { avg10: 0, avg60: 0, avg300: 0, totalMicros: 2_500_000 },
    },
  });
  const { pressure, ...memory } = container?.memory ?? {};
  t.is(pressure?.some.totalMicros, 0);
  t.deepEqual(memory, {
    usageBytes: 30_000_000,
    workingSetBytes: 18_000_000,
    rssBytes: 10_000_000,
    cacheBytes: 15_000_000,
    swapBytes: 4096,
    pageFaults: 2574,
    majorPageFaults: 3,
    limitBytes: 67_108_864,
    availableBytes: 49_108_864,
    oomKills: 2,
  });
  t.deepEqual(container?.io?.disks, [
    { device: '179:0', name: 'mmcblk0', readBytes: 1_048_576, writtenBytes: 20_971_520, reads: 32, writes: 640 },
  ]);
  t.deepEqual(container?.processes, { processes: 2, threads: 5 });
  t.is(container?.startedAtWall, 1_795_200_500_000);
  t.deepEqual(container?.rootfs, { usedBytes: 4096, inodesUsed: 2 });
  t.is(pod?.memory?.workingSetBytes, 28_000_000);
  t.is(pod?.memory?.limitBytes, undefined);
  t.is(pod?.cpu?.quota, undefined);
  t.deepEqual(pod?.processes, { processes: 2, threads: 5 });
  t.deepEqual(
    pod?.network?.map(({ name, rxBytes, rxDropped, txBytes }) => [name, rxBytes, rxDropped, txBytes]),
    [['eth0', 1960, 1, 472]],
  );
});

test('version 2: the node is read as the kubelet reads it', async (t) => {
  const { usage } = await reader(t, kernelTree(t, version2));
  const { node } = await usage.read([], 'kept');
  t.is(node.cores, 4);
  t.is(node.memoryCapacityBytes, 3_886_412 * 1024);
  t.is(node.memory?.usageBytes, 2_400_000_000);
  t.is(node.memory?.workingSetBytes, 900_000_000);
  t.is(node.memory?.availableBytes, 3_886_412 * 1024 - 900_000_000);
  t.is(node.memory?.swapBytes, 4096 * 1024);
  t.is(node.cpu?.usageNanos, 5_000_000_000);
  t.is(node.cpu?.pressure?.some.avg10, 1.25);
  t.is(node.cpu?.pressure?.full, undefined);
  t.deepEqual(node.processes, { processes: 2, threads: 345 });
  t.is(node.maxProcesses, 30_154);
  t.is(node.bootAtWall, 1_795_200_000_000);
  t.deepEqual(
    node.network.map(({ name, rxErrors, txDropped }) => [name, rxErrors, txDropped]),
    [['eth0', 1, 4]],
  );
  t.deepEqual(node.io?.disks, [
    {
      ...{ device: '179:0', name: 'mmcblk0', readBytes: 3_012_345 * 512, writtenBytes: 2_345_678 * 512 },
      ...{ reads: 40_123, writes: 20_456 },
    },
  ]);
  t.true((node.nodefs.capacityBytes ?? 0) > 0);
});

test('a group in which nothing has run is not read again, but at each sixth look', async (t) => {
  const tree = kernelTree(t, version2);
  const { usage } = await reader(t, tree);
  const dir = `sys/fs/cgroup/${scopeOfContainer}`;
  for (const group of [dir, dirname(dir)]) {
    for (const of of ['cpu', 'memory', 'io']) tree.write(`${group}/${of}.pressure`, '');
  }
  const pageFaults = async () => (await usage.read([subject], 'kept')).pods[0]?.containers[0]?.memory?.pageFaults;
  const write = (faults: number) =>
    tree.write(
      `${dir}/memory.stat`,
      `anon 10000000\nfile 15000000\ninactive_file 12000000\npgfault ${faults}\npgmajfault 3\n`,
    );
  t.is(await pageFaults(), 2574);
  write(3000);
  for (let look = 2; look < 7; look += 1) t.is(await pageFaults(), 2574, `look ${look}`);
  tree.write(`${dir}/memory.max`, '33554432\n');
  t.is(await pageFaults(), 3000, 'the sixth after the first');
  t.is((await usage.read([subject], 'kept')).pods[0]?.containers[0]?.memory?.limitBytes, 33_554_432);
  write(4000);
  t.is(await pageFaults(), 3000);
  for (const group of [dir, dirname(dir)]) {
    tree.write(`${group}/cpu.stat`, 'usage_usec 863752\nuser_usec 840001\nsystem_usec 23751\n');
  }
  t.is(await pageFaults(), 4000, 'something has run');
  tree.write(`${dir}/cpu.pressure`, 'some avg10=0.01 avg60=0.00 avg300=0.00 total=5\n');
  for (const group of [dir, dirname(dir)]) tree.write(`${group}/memory.current`, '31000000\n');
  t.is(await pageFaults(), 4000);
  const stall = async () => (await usage.read([subject], 'kept')).pods[0]?.containers[0]?.cpu?.pressure?.some.avg10;
  t.is(await stall(), 0.01);
  tree.write(`${dir}/cpu.pressure`, 'some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n');
  t.is(await stall(), 0, 'averages of stalls go on falling when nothing runs');
  write(5000);
  const [before, after] = [await usage.read([subject], 'kept'), await usage.read([subject], 'kept')];
  t.is(after.pods[0]?.containers[0]?.memory?.pageFaults, 4000);
  t.is(after.pods[0], before.pods[0], 'nothing is made anew');
});

test('version 1: a container, its pod and the node are read from the trees of their controllers', async (t) => {
  const { usage } = await reader(t, kernelTree(t, version1));
  const { node, pods } = await usage.read([subject], 'kept');
  const [container] = pods[0]?.containers ?? [];
  t.deepEqual(container?.cpu, {
    usageNanos: 863_751_365,
    userNanos: 840_000_000,
    systemNanos: 20_000_000,
    throttling: { periods: 100, throttledPeriods: 40, throttledNanos: 2_500_000_000 },
    quota: { micros: 25_000, periodMicros: 100_000 },
    shares: 1024,
  });
  t.deepEqual(container?.memory, {
    usageBytes: 38_027_264,
    workingSetBytes: 7_618_560,
    rssBytes: 61_440,
    cacheBytes: 36_712_448,
    swapBytes: 0,
    pageFaults: 1743,
    majorPageFaults: 2,
    limitBytes: 134_217_728,
    availableBytes: 126_599_168,
    oomKills: 1,
  });
  t.deepEqual(container?.io?.disks, [
    { device: '179:0', name: 'mmcblk0', readBytes: 4096, writtenBytes: 20_971_520, reads: 1, writes: 640 },
  ]);
  t.deepEqual(container?.processes, { processes: 2, threads: 3 });
  t.is(pods[0]?.cpu?.usageNanos, 863_751_365);
  t.is(node.memory?.workingSetBytes, 1_624_612_864 - 197_132_288);
  t.is(node.cpu?.usageNanos, 163_000 * 1e7, 'where the root counts no CPU, /proc does');
});

test('pods without groups of their own are the sum of their containers, and so are all pods', async (t) => {
  const path = `/k8s.io/${CONTAINER}`;
  const files = Object.fromEntries(
    Object.entries(version1).map(([name, text]) => [
      name.replace(`bramble/kubepods/burstable/pod${POD}`, 'k8s.io'),
      text.replaceAll(`/bramble/kubepods/burstable/pod${POD}/${CONTAINER}`, path),
    ]),
  );
  const { usage } = await reader(t, kernelTree(t, files));
  const { pods, system } = await usage.read([subject], 'kept');
  t.is(pods[0]?.memory?.workingSetBytes, 7_618_560);
  t.deepEqual(pods[0]?.processes, { processes: 2, threads: 3 });
  t.is(system.find(({ name }) => name === 'pods')?.cpu?.usageNanos, 863_751_365);
});

test('a container that has ended is left out, and its pod is told on', async (t) => {
  const tree = kernelTree(t, version1);
  const { usage } = await reader(t, tree);
  await usage.read([subject], 'kept');
  for (const controller of ['cpu,cpuacct', 'memory', 'pids', 'blkio']) {
    tree.remove(`sys/fs/cgroup/${controller}/bramble/kubepods/burstable/pod${POD}/${CONTAINER}`);
  }
  usage.close();
  const gone = await usage.read([subject], 'kept');
  t.is(gone.pods.length, 1);
  t.deepEqual(gone.pods[0]?.containers, []);
});

test('a group is looked for once, and again only while the runtime can not tell where it is', async (t) => {
  let away = true;
  const { usage, asked } = await reader(t, kernelTree(t, version2), async () => {
    if (away) throw new CriError('unavailable', 'away');
    return PID;
  });
  const first = await usage.read([subject], 'kept');
  t.is(first.pods[0]?.containers[0]?.name, 'main');
  t.is(first.pods[0]?.containers[0]?.cpu, undefined);
  away = false;
  for (let look = 0; look < 3; look += 1) await usage.read([subject], 'kept');
  t.is(asked.pids, 2);
  t.is(asked.layers, 1, 'layers are asked for once a minute');
});

test('a process that has taken the number of another is not taken for the container', async (t) => {
  const tree = kernelTree(t, version2);
  tree.write(`proc/${PID}/cgroup`, '0::/system.slice/ssh.service\n');
  const { usage } = await reader(t, tree);
  const { pods } = await usage.read([subject], 'kept');
  t.is(pods[0]?.containers[0]?.cpu, undefined);
  t.is(pods[0]?.network, undefined);
});

test('a group that lies outside of what is mounted is not read', async (t) => {
  const tree = kernelTree(t, version2);
  tree.write(`proc/${PID}/cgroup`, `0::/../../${CONTAINER}\n`);
  const { usage } = await reader(t, tree);
  const { pods } = await usage.read([subject], 'kept');
  t.is(pods[0]?.containers[0]?.cpu, undefined);
});

test('a pod in the network of the node has none of its own', async (t) => {
  const tree = kernelTree(t, version2);
  tree.remove('proc/self/ns/net');
  symlinkSync('net:[4026532001]', join(tree.root, 'proc/self/ns/net'));
  const { usage } = await reader(t, tree);
  t.is((await usage.read([subject], 'kept')).pods[0]?.network, undefined);
});

test('volumes and logs are measured at first, and again when they are wanted fresh', async (t) => {
  const { usage, dataDir } = await reader(t, kernelTree(t, version2));
  const volume = join(dataDir, 'pods', POD, 'volumes', 'data');
  const logs = join(dataDir, 'logs', `default_web_${POD}`, 'main');
  for (const dir of [volume, logs]) mkdirSync(dir, { recursive: true });
  writeFileSync(join(volume, 'file'), Buffer.alloc(1024 * 1024, 1));
  writeFileSync(join(logs, '0.log'), 'hello\n');
  const measured = await usage.read([subject], 'fresh');
  const [first] = measured.pods[0]?.volumes ?? [];
  t.is(first?.name, 'data');
  t.is(first?.medium, 'disk');
  t.true((first?.usedBytes ?? 0) >= 1024 * 1024);
  t.is(first?.inodesUsed, 2);
  t.is(measured.pods[0]?.containers[0]?.logs?.inodesUsed, 2);
  writeFileSync(join(volume, 'more'), Buffer.alloc(1024 * 1024, 1));
  t.is((await usage.read([subject], 'kept')).pods[0]?.volumes[0]?.inodesUsed, 2);
  t.is((await usage.read([subject], 'fresh')).pods[0]?.volumes[0]?.inodesUsed, 3);
});

test('what a pod has on the disk is measured each minute when it has run, and else seldom', async (t) => {
  const tree = kernelTree(t, version2);
  const { usage, dataDir, clock } = await reader(t, tree);
  const volume = join(dataDir, 'pods', POD, 'volumes', 'data');
  mkdirSync(volume, { recursive: true });
  const dir = `sys/fs/cgroup/${scopeOfContainer}`;
  const runs = (micros: number) => {
    for (const group of [dir, dirname(dir)]) tree.write(`${group}/cpu.stat`, `usage_usec ${micros}\n`);
  };
  /** Measured behind what goes on: told by the look after. */
  const inodes = async () => {
    await usage.read([subject], 'kept');
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    return (await usage.read([subject], 'kept')).pods[0]?.volumes[0]?.inodesUsed;
  };
  const minutes = async (count: number) => {
    for (let minute = 0; minute < count; minute += 1) {
      await clock.advance(61_000);
      await inodes();
    }
    return inodes();
  };
  t.is(await inodes(), 1);
  await minutes(2);
  writeFileSync(join(volume, 'file'), 'x');
  t.is(await minutes(2), 1, 'nothing has run');
  runs(900_000);
  t.is(await minutes(2), 2, 'something has');
  writeFileSync(join(volume, 'by the agent'), 'x');
  t.is(await minutes(2), 2);
  t.is(await minutes(10), 3, 'not forever');
});

test('names from the runtime that lead elsewhere are no paths', async (t) => {
  const { usage, dataDir } = await reader(t, kernelTree(t, version2));
  mkdirSync(join(dataDir, 'volumes', 'secret'), { recursive: true });
  const astray = { ...subject, pod: { namespace: '../..', name: '..', uid: '..' } };
  const [pod] = (await usage.read([astray], 'fresh')).pods;
  t.deepEqual(pod?.volumes, []);
  t.is(pod?.containers[0]?.logs, undefined);
});

test('a runtime that starts after the agent is told at the next look', async (t) => {
  const tree = kernelTree(t, version2);
  const { usage } = await reader(t, tree);
  const parts = async () => (await usage.read([], 'kept')).system.map(({ name }) => name);
  t.false((await parts()).includes('runtime'));
  tree.write(
    'proc/net/unix',
    'Num RefCount Protocol Flags Type St Inode Path\n0000: 00000002 00000000 00010000 0001 01 4242 /run/none.sock\n',
  );
  const open = join(tree.root, 'proc', String(process.pid), 'fd');
  mkdirSync(open, { recursive: true });
  symlinkSync('socket:[4242]', join(open, '7'));
  t.true((await parts()).includes('runtime'));
});

test('what can not be read now is an error of the port, and read again once it can', async (t) => {
  const tree = kernelTree(t, version2);
  const { usage, dataDir } = await reader(t, tree);
  tree.remove('data');
  await t.throwsAsync(usage.read([], 'kept'), { instanceOf: UsageError, code: 'failed', message: /ENOENT/ });
  mkdirSync(dataDir);
  await t.notThrowsAsync(usage.read([], 'kept'));
  // A folder where the kernel has a file: EISDIR.
  tree.remove('sys/fs/cgroup/cpu.stat');
  mkdirSync(join(tree.root, 'sys/fs/cgroup/cpu.stat'));
  usage.close();
  await t.throwsAsync(usage.read([], 'kept'), { instanceOf: UsageError });
});

test("the disk's file systems have the name of their device where the kernel knows it", async (t) => {
  const tree = kernelTree(t, version2);
  t.deepEqual((await (await reader(t, tree)).usage.read([], 'kept')).node.devices, {});
  const other = kernelTree(t, version2);
  const numbers = deviceNumbers(statSync(other.root).dev).replace(':', ' ');
  other.write('proc/diskstats', `   ${numbers} mmcblk0p2 40123 1 3012345 2 20456 3 2345678 4 0 5 6 0 0 0 0 0 0\n`);
  t.is((await (await reader(t, other)).usage.read([], 'kept')).node.devices?.nodefs, 'mmcblk0p2');
  t.is(deviceNumbers(0xb302), '179:2');
});
