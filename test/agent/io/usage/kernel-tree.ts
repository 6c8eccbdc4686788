/** A kernel's files in a folder, as a Raspberry Pi OS with version 2 of control groups has them, or a device with version 1. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';

export type KernelTree = { readonly root: string; write(path: string, text: string): void; remove(path: string): void };

const stalls = (avg10: string, total: number, full = true): string =>
  `some avg10=${avg10} avg60=0.80 avg300=0.21 total=${total}\n${full ? `full avg10=0.00 avg60=0.00 avg300=0.00 total=${total / 2}\n` : ''}`;

/** Of a Raspberry Pi 4 with 4 GiB. */
const proc: Readonly<Record<string, string>> = {
  'proc/cpuinfo': [0, 1, 2, 3].map((cpu) => `processor\t: ${cpu}\nBogoMIPS\t: 108.00\n`).join('\n'),
  'proc/meminfo':
    'MemTotal:        3886412 kB\nMemFree:         1204480 kB\nMemAvailable:    3260448 kB\nBuffers:           68044 kB\n' +
    'Cached:          2026212 kB\nSwapCached:            0 kB\nAnonPages:        402036 kB\nSwapTotal:        524272 kB\nSwapFree:         520176 kB\n',
  'proc/stat':
    'cpu  120000 500 40000 9000000 3000 0 2500 0 0 0\ncpu0 30000 125 10000 2250000 750 0 625 0 0 0\nintr 1234\nctxt 99\nbtime 1795200000\nprocesses 4242\n',
  'proc/loadavg': '0.52 0.58 0.59 2/345 12345\n',
  'proc/net/dev':
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n' +
    '    lo:  108034    1203    0    0    0     0          0         0   108034    1203    0    0    0     0       0          0\n' +
    '  eth0:2641861986 1977777    1    2    0     0          0     31 9057652   57075    3    4    0     0       0          0\n' +
    'veth1f2e3d4c:    1960      22    0    0    0     0          0         0      472       6    0    0    0     0       0          0\n',
  'proc/diskstats':
    ' 179       0 mmcblk0 40123 10234 3012345 51234 20456 30567 2345678 812345 0 412345 863579 0 0 0 0 0 0\n' +
    ' 179       1 mmcblk0p1 305 1205 21036 123 2 0 2 0 0 76 123 0 0 0 0 0 0\n' +
    '   7       0 loop0 12 0 680 3 0 0 0 0 0 16 3 0 0 0 0 0 0\n',
  'sys/block/mmcblk0/size': '62333952\n',
  'proc/sys/kernel/pid_max': '4194304\n',
  'proc/sys/kernel/threads-max': '30154\n',
  'proc/pressure/cpu': stalls('1.25', 4_000_000, false),
  'proc/pressure/memory': stalls('0.00', 2000),
  'proc/pressure/io': stalls('0.10', 90_000),
  'proc/1/comm': 'systemd\n',
};

const process = (pid: number, cgroup: string): Readonly<Record<string, string>> => ({
  [`proc/${pid}/cgroup`]: cgroup,
  // Started 500 seconds after the device.
  [`proc/${pid}/stat`]: `${pid} (sh -c (x)) S 1 ${pid} ${pid} 0 -1 4194560 300 0 1 0 12 5 0 0 20 0 1 0 50000 4325376 300 18446744073709551615\n`,
  [`proc/${pid}/net/dev`]:
    'Inter-|   Receive\n face |bytes\n    lo: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n  eth0: 1960 22 0 1 0 0 0 0 472 6 0 0 0 0 0 0\n',
});

export const POD = '1624e8f2-05d8-4ecb-b2d1-c2b181115e0e';
export const CONTAINER = '8f721cc578e526f9ae70f034f485293d563b4978a35f6c30aa569c911db9de72';
export const PID = 1742;

/** Of version 2, with the driver systemd: where the pod's group is, and its container's. */
const slice = `kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice`;
export const scopeOfContainer = `${slice}/cri-containerd-${CONTAINER}.scope`;

export const version2: Readonly<Record<string, string>> = {
  ...proc,
  ...process(PID, `0::/${scopeOfContainer}\n`),
  'proc/self/mountinfo':
    '25 29 0:22 / /sys rw,nosuid - sysfs sysfs rw\n' +
    '35 25 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n',
  'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
  'sys/fs/cgroup/cpu.stat': 'usage_usec 5000000\nuser_usec 3000000\nsystem_usec 2000000\n',
  'sys/fs/cgroup/memory.stat':
    'anon 400000000\nfile 2000000000\nkernel 90000000\ninactive_file 1500000000\npgfault 12345\npgmajfault 67\n',
  'sys/fs/cgroup/system.slice/cpu.stat': 'usage_usec 700\nuser_usec 400\nsystem_usec 300\n',
  'sys/fs/cgroup/kubepods.slice/cpu.stat':
    'usage_usec 9000\nuser_usec 5000\nsystem_usec 4000\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n',
  ...inGroup(slice, { usage: 40_000_000, max: 'max' }),
  ...inGroup(scopeOfContainer, { usage: 30_000_000, max: '67108864' }),
  [`sys/fs/cgroup/${scopeOfContainer}/cgroup.procs`]: `${PID}\n1750\n`,
};

function inGroup(path: string, { usage, max }: { readonly usage: number; readonly max: string }) {
  const dir = `sys/fs/cgroup/${path}`;
  return {
    [`${dir}/cpu.stat`]:
      'usage_usec 863751\nuser_usec 840000\nsystem_usec 23751\nnice_usec 0\ncore_sched.force_idle_usec 0\nnr_periods 100\nnr_throttled 40\nthrottled_usec 2500000\nnr_bursts 0\nburst_usec 0\n',
    [`${dir}/memory.current`]: `${usage}\n`,
    [`${dir}/memory.stat`]:
      'anon 10000000\nfile 15000000\nkernel 1000000\nkernel_stack 49152\npagetables 98304\nsock 0\nshmem 0\nfile_mapped 4096\ninactive_anon 9000000\nactive_anon 1000000\ninactive_file 12000000\nactive_file 3000000\nunevictable 0\nworkingset_refault_file 7\npgfault 2574\npgmajfault 3\n',
    [`${dir}/cpu.max`]: max === 'max' ? 'max 100000\n' : '50000 100000\n',
    [`${dir}/cpu.weight`]: '39\n',
    [`${dir}/memory.events`]: 'low 0\nhigh 0\nmax 5\noom 2\noom_kill 2\noom_group_kill 0\n',
    [`${dir}/memory.max`]: `${max}\n`,
    [`${dir}/memory.swap.current`]: '4096\n',
    [`${dir}/io.stat`]: '179:0 rbytes=1048576 wbytes=20971520 rios=32 wios=640 dbytes=0 dios=0\n7:0 \n',
    [`${dir}/pids.current`]: '5\n',
    [`${dir}/cpu.pressure`]: stalls('12.50', 5_000_000),
    [`${dir}/memory.pressure`]: stalls('0.00', 0),
    [`${dir}/io.pressure`]: stalls('0.50', 7000),
  };
}

const place = `bramble/kubepods/burstable/pod${POD}`;
const v1 = (controller: string, path: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`sys/fs/cgroup/${controller}/${path}/${name}`, text]),
  );

/** Of version 1, with the driver cgroupfs. */
export const version1: Readonly<Record<string, string>> = {
  ...proc,
  ...process(
    PID,
    ['cpu,cpuacct', 'memory', 'pids', 'blkio', 'name=systemd']
      .map((name, id) => `${id + 2}:${name}:/${place}/${CONTAINER}\n`)
      .join(''),
  ),
  'proc/self/mountinfo': ['cpu,cpuacct', 'memory', 'pids', 'blkio']
    .map((name, id) => `${32 + id} 31 0:${29 + id} / /sys/fs/cgroup/${name} rw,relatime - cgroup cgroup rw,${name}\n`)
    .join(''),
  ...ofVersion1(place),
  ...ofVersion1(`${place}/${CONTAINER}`),
  'sys/fs/cgroup/memory/memory.usage_in_bytes': '1624612864\n',
  'sys/fs/cgroup/memory/memory.stat':
    'cache 5\ntotal_cache 523374592\ntotal_rss 1101197312\ntotal_inactive_file 197132288\n',
  'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
};

function ofVersion1(path: string): Readonly<Record<string, string>> {
  return {
    ...v1('cpu,cpuacct', path, {
      'cpuacct.usage': '863751365\n',
      'cpuacct.stat': 'user 84\nsystem 2\n',
      'cpu.cfs_quota_us': '25000\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.shares': '1024\n',
      'cpu.stat': 'nr_periods 100\nnr_throttled 40\nthrottled_time 2500000000\n',
    }),
    ...v1('memory', path, {
      'memory.usage_in_bytes': '38027264\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
      'memory.stat':
        'cache 1\nrss 2\ninactive_file 3\nhierarchical_memory_limit 134217728\ntotal_cache 36712448\ntotal_rss 61440\ntotal_swap 0\ntotal_pgfault 1743\ntotal_pgmajfault 2\ntotal_inactive_file 30408704\n',
      'memory.limit_in_bytes': '134217728\n',
    }),
    ...v1('pids', path, { 'pids.current': '3\n', 'cgroup.procs': `${PID}\n1750\n` }),
    ...v1('blkio', path, {
      'blkio.throttle.io_service_bytes_recursive':
        '179:0 Read 4096\n179:0 Write 20971520\n179:0 Sync 0\n179:0 Async 20975616\n179:0 Discard 0\n179:0 Total 20975616\nTotal 20975616\n',
      'blkio.throttle.io_serviced_recursive':
        '179:0 Read 1\n179:0 Write 640\n179:0 Sync 0\n179:0 Async 641\n179:0 Total 641\nTotal 641\n',
    }),
  };
}

/** Writes them to a folder that goes with the test. The agent and the pod are in networks of their own. */
export function kernelTree(t: ExecutionContext, files: Readonly<Record<string, string>>): KernelTree {
  const root = mkdtempSync(join(tmpdir(), 'bramble-kernel-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  for (const [pid, network] of [
    ['self', 'net:[4026531840]'],
    [String(PID), 'net:[4026532001]'],
  ] as const) {
    mkdirSync(join(root, 'proc', pid, 'ns'), { recursive: true });
    symlinkSync(network, join(root, 'proc', pid, 'ns/net'));
  }
  return { root, write, remove: (path) => rmSync(join(root, path), { recursive: true, force: true }) };
}
