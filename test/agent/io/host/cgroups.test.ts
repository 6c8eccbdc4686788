import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { driverOfConfig, driverOfInfo } from '../../../../src/agent/io/cri/cgroup-driver.ts';
import { cgroupMounts, hierarchyOf } from '../../../../src/agent/io/host/cgroup-facts.ts';
import { createCgroups, removeCgroups } from '../../../../src/agent/io/host/cgroups.ts';
import { cgroupParent } from '../../../../src/agent/io/host/pods-group.ts';
import { CgroupsError } from '../../../../src/agent/ports/cgroups.ts';

const MIB = 1024 * 1024;
const settings = { enabled: true, podPidsLimit: 100, allPods: { cpuShares: 1024, memoryBytes: 1024 * MIB } };
const cgroupfs = { ...settings, driver: async () => 'cgroupfs' as const };

/** A tree of plain files that looks like a kernel's: groups are folders, and what is written to them stays there. */
async function tree(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'bramble-cgroup-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

const unified = {
  'proc/self/mountinfo': '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n',
  'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
  'sys/fs/cgroup/cgroup.subtree_control': 'cpu memory\n',
  'sys/fs/cgroup/init.scope/memory.swap.max': 'max\n',
};
/** What the kernel of version 2 makes in every new group. */
const grow = async (root: string, ...groups: readonly string[]) => {
  for (const group of groups) {
    await mkdir(join(root, 'sys/fs/cgroup', group), { recursive: true });
    await writeFile(join(root, 'sys/fs/cgroup', group, 'cgroup.subtree_control'), '\n');
  }
};

test('version 2: a pod has its limits in files of its group, and each group above hands the controllers down', async (t) => {
  const root = await tree(t, unified);
  await grow(root, 'bramble', 'bramble/kubepods', 'bramble/kubepods/burstable');
  const cgroups = await createCgroups({ ...cgroupfs, root: '/bramble', fileRoot: root });
  t.deepEqual(cgroups.facts, { version: 2, memory: true, swap: true, pids: true });
  const limits = { cpuShares: 1024, cpuQuota: 50_000, memoryBytes: 64 * MIB, pids: 100 };
  t.is(await cgroups.place(['burstable', 'pod1'], limits), '/bramble/kubepods/burstable/pod1');
  const read = (path: string) => readFile(join(root, 'sys/fs/cgroup', path), 'utf8');
  t.is(await read('bramble/kubepods/burstable/pod1/cpu.weight'), '39');
  t.is(await read('bramble/kubepods/burstable/pod1/cpu.max'), '50000 100000');
  t.is(await read('bramble/kubepods/burstable/pod1/memory.max'), String(64 * MIB));
  t.is(await read('bramble/kubepods/burstable/pod1/pids.max'), '100');
  t.is(await read('bramble/kubepods/memory.max'), String(1024 * MIB));
  t.is(await read('bramble/kubepods/burstable/cpu.weight'), '39');
  t.regex(await read('bramble/cgroup.subtree_control'), /^\+/);
  t.deepEqual(await cgroups.pods(), ['1']);
  await cgroups.place(['burstable', 'pod1'], { cpuShares: 2 });
  t.is(await read('bramble/kubepods/burstable/pod1/memory.max'), 'max');
  t.is(await read('bramble/kubepods/burstable/pod1/cpu.max'), 'max 100000');
});

test('a memory controller that the kernel has switched off is no memory controller, in both versions', async (t) => {
  const second = await tree(t, { ...unified, 'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io pids\n' });
  t.false((await createCgroups({ ...cgroupfs, root: '/', fileRoot: second })).facts.memory);
  const first = await tree(t, {
    'proc/self/mountinfo':
      '31 23 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n' +
      '32 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
    'proc/cgroups': '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t2\t1\nmemory\t0\t2\t0\n',
    'sys/fs/cgroup/cpu/cpu.shares': '1024',
  });
  t.deepEqual((await createCgroups({ ...cgroupfs, root: '/', fileRoot: first })).facts, {
    ...{ version: 1, memory: false, swap: false, pids: false },
  });
});

test('with the systemd driver a group is a slice, and nothing is written', async (t) => {
  const root = await tree(t, unified);
  const systemd = async () => 'systemd' as const;
  const cgroups = await createCgroups({ ...settings, root: '/', fileRoot: root, driver: systemd });
  const name = await cgroups.place(['burstable', 'pod12-34'], { cpuShares: 2 });
  t.is(name, 'kubepods-burstable-pod12_34.slice');
  t.deepEqual((await readdir(join(root, 'sys/fs/cgroup'))).sort(), [
    ...['cgroup.controllers', 'cgroup.subtree_control', 'init.scope'],
  ]);
  t.is(cgroupParent(['bramble', 'kubepods'], 'cgroupfs'), '/bramble/kubepods');
});

test('settings can do without groups', async (t) => {
  const cgroups = await createCgroups({ ...cgroupfs, enabled: false, root: '/', fileRoot: await tree(t, unified) });
  t.is(await cgroups.place(['podx'], { cpuShares: 2 }), undefined);
});

test("on this machine's kernel groups are made, limited, shared out, and removed", async (t) => {
  const name = `brtest-cgroup-${process.pid}`;
  t.teardown(() => removeCgroups(`/${name}`));
  const cgroups = await createCgroups({ ...cgroupfs, root: `/${name}` });
  const mounts = await cgroupMounts('/');
  const dir = (controller: string, ...path: readonly string[]) =>
    join(hierarchyOf(mounts, controller)?.dir ?? '', name, 'kubepods', ...path);
  await cgroups.place(['burstable', 'podone'], { cpuShares: 512, memoryBytes: 64 * MIB, pids: 50 });
  await cgroups.place(['burstable', 'podtwo'], { cpuShares: 256 });
  const [memory, cpu] = mounts.version === 1 ? ['memory.limit_in_bytes', 'cpu.shares'] : ['memory.max', 'cpu.weight'];
  const read = async (controller: string, ...path: readonly string[]) =>
    Number(await readFile(dir(controller, ...path), 'utf8'));
  t.is(await read('memory', 'burstable', 'podone', memory), 64 * MIB);
  t.is(await read('pids', 'burstable', 'podone', 'pids.max'), 50);
  const both = (await read('cpu', 'burstable', 'podone', cpu)) + (await read('cpu', 'burstable', 'podtwo', cpu));
  t.is(await read('cpu', 'burstable', cpu), both);
  // What the runtime makes for a container goes too, in every tree.
  await mkdir(dir('memory', 'burstable', 'podone', 'container'));
  await cgroups.remove(['burstable', 'podone']);
  await t.throwsAsync(readFile(dir('memory', 'burstable', 'podone', memory)), { code: 'ENOENT' });
  t.is(await read('cpu', 'burstable', cpu), await read('cpu', 'burstable', 'podtwo', cpu));
  await cgroups.remove(['burstable', 'podone']);
  await removeCgroups(`/${name}`);
  await t.throwsAsync(readdir(dir('memory')), { code: 'ENOENT' });
});

test('version 2: all BestEffort pods together are bounded, also by an agent that starts anew, until it is taken back', async (t) => {
  const root = await tree(t, unified);
  await grow(root, 'bramble', 'bramble/kubepods', 'bramble/kubepods/besteffort');
  const max = () => readFile(join(root, 'sys/fs/cgroup/bramble/kubepods/besteffort/cpu.max'), 'utf8');
  const first = await createCgroups({ ...cgroupfs, root: '/bramble', fileRoot: root });
  await first.place(['besteffort', 'pod1'], { cpuShares: 2 });
  t.is(await max(), 'max 100000');
  await first.limitBestEffort(80_000);
  t.is(await max(), '80000 100000');
  const second = await createCgroups({ ...cgroupfs, root: '/bramble', fileRoot: root });
  await second.place(['besteffort', 'pod2'], { cpuShares: 2 });
  t.is(await max(), '80000 100000');
  await second.limitBestEffort(undefined);
  t.is(await max(), 'max 100000');
});

test('a bound of BestEffort pods waits for their group, and is written to the slice that systemd has made', async (t) => {
  const root = await tree(t, unified);
  const cgroups = await createCgroups({ ...settings, root: '/', fileRoot: root, driver: async () => 'systemd' });
  await cgroups.limitBestEffort(80_000);
  const slice = 'sys/fs/cgroup/kubepods.slice/kubepods-besteffort.slice';
  await mkdir(join(root, slice), { recursive: true });
  await cgroups.limitBestEffort(80_000);
  t.is(await readFile(join(root, slice, 'cpu.max'), 'utf8'), '80000 100000');
  const later = await tree(t, unified);
  await grow(later, 'kubepods', 'kubepods/besteffort');
  const waiting = await createCgroups({ ...cgroupfs, root: '/', fileRoot: later });
  await waiting.limitBestEffort(80_000);
  await waiting.place(['podx'], { cpuShares: 2 });
  t.is(await readFile(join(later, 'sys/fs/cgroup/kubepods/besteffort/cpu.max'), 'utf8'), '80000 100000');
});

test("on this machine's kernel BestEffort pods are bounded and freed", async (t) => {
  const name = `brtest-quota-${process.pid}`;
  t.teardown(() => removeCgroups(`/${name}`));
  const cgroups = await createCgroups({ ...cgroupfs, root: `/${name}` });
  await cgroups.place(['besteffort', 'podone'], { cpuShares: 2 });
  const mounts = await cgroupMounts('/');
  const file = mounts.version === 1 ? 'cpu.cfs_quota_us' : 'cpu.max';
  const path = join(hierarchyOf(mounts, 'cpu')?.dir ?? '', name, 'kubepods', 'besteffort', file);
  const quota = async () => Number.parseInt(await readFile(path, 'utf8'), 10);
  await cgroups.limitBestEffort(40_000);
  t.is(await quota(), 40_000);
  await (await createCgroups({ ...cgroupfs, root: `/${name}` })).place(['besteffort', 'podtwo'], { cpuShares: 2 });
  t.is(await quota(), 40_000);
  await cgroups.limitBestEffort(undefined);
  t.not(await quota(), 40_000);
});

test('a limit that the kernel refuses is said in words', async (t) => {
  const root = await tree(t, { ...unified, 'sys/fs/cgroup/bramble': 'a file stands in the way' });
  const cgroups = await createCgroups({ ...cgroupfs, root: '/bramble', fileRoot: root });
  const error = await t.throwsAsync(cgroups.place(['podx'], { cpuShares: 2 }), { instanceOf: CgroupsError });
  t.regex(error.message, /^the control group of a pod: /);
});

test("the driver is the runtime's: by its own call, or as containerd 1.6 shows it", (t) => {
  t.is(driverOfConfig({ linux: { cgroupDriver: 0 } }), 'systemd');
  t.is(driverOfConfig({ linux: { cgroupDriver: 1 } }), 'cgroupfs');
  const config = (SystemdCgroup: boolean) =>
    JSON.stringify({
      containerd: {
        defaultRuntimeName: 'runc',
        runtimes: { runc: { options: { SystemdCgroup } }, other: { options: null } },
      },
    });
  t.is(driverOfInfo({ config: config(true) }), 'systemd');
  t.is(driverOfInfo({ config: config(false) }), 'cgroupfs');
  t.is(driverOfInfo({ config: 'not JSON' }), 'cgroupfs');
  t.is(driverOfInfo({}), 'cgroupfs');
});
