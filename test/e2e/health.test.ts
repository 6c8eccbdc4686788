/**
 * The health of a Raspberry Pi, by files as its kernel has them: each condition shows, taints follow, BestEffort pods are slowed
 * on a real kernel and freed again, also by an agent that was killed in between.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { cgroupMounts, hierarchyOf } from '../../src/agent/io/host/cgroup-facts.ts';
import { until } from '../support/eventually.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';
import { cm4, healthTree, mountinfo, type Tree } from '../support/health-trees.ts';

const INDEX = 130;
const QUIET_SECONDS = 12;
let cluster: FieldCluster;
let tree: Tree;
const ok = (...args: readonly string[]) => cluster.ok(args);
const node = `node/field-${INDEX}`;

/** A condition shows within ten seconds of what the sensors say. */
const shows = (condition: string) => ok('wait', node, `--for=condition=${condition}`, '--timeout=10s');
const taints = () => ok('get', node, '-o', 'jsonpath={.spec.taints[*].key}:{.spec.taints[*].effect}');

async function bestEffort(file: readonly [string, string], controller = 'cpu'): Promise<string> {
  const mounts = await cgroupMounts('/');
  const { dir = '' } = hierarchyOf(mounts, mounts.version === 1 ? controller : 'cpu') ?? {};
  const group = join(dir, `brtest${INDEX}`, 'kubepods', 'besteffort');
  return await readFile(join(group, file[mounts.version - 1] ?? ''), 'utf8');
}
/** Microseconds each 100 ms; NaN or less than 0 where there is no bound. */
const quota = async () => Number.parseInt(await bestEffort(['cpu.cfs_quota_us', 'cpu.max']), 10);
const throttled = async () => Number(/^nr_throttled (\d+)$/m.exec(await bestEffort(['cpu.stat', 'cpu.stat']))?.[1]);
/** CPU time that was used, in seconds. */
const used = async () => {
  const text = await bestEffort(['cpuacct.usage', 'cpu.stat'], 'cpuacct');
  const micros = /^usage_usec (\d+)$/m.exec(text)?.[1];
  return micros === undefined ? Number(text) / 1e9 : Number(micros) / 1e6;
};

test.before(async () => {
  tree = healthTree({
    ...cm4,
    'sys/class/thermal/cooling_device0/type': 'cpufreq-cpu0\n',
    'sys/class/thermal/cooling_device0/cur_state': '0\n',
  });
  cluster = await startFieldCluster(INDEX, [
    ...[`--health-root=${tree.root}`, `--health-quiet-period=${QUIET_SECONDS}`, '--best-effort-cpu-percent=10'],
  ]);
  cluster.device.startAgent();
  await cluster.untilNodeReady();
});

test.after.always(async () => {
  await cluster?.stop();
  tree?.remove();
});

test.serial('a device that is well says so, and what it is', async (t) => {
  for (const type of ['UnderVoltage', 'ThermalThrottling', 'StorageWear', 'ClockUnsynced', 'ReadOnlyFilesystem']) {
    await shows(`${type}=False`);
  }
  t.is(await taints(), ':');
  const text = await ok('describe', node);
  t.regex(text, /Model: +Raspberry Pi Compute Module 4 Rev 1\.1\n +Revision: +c03114\n +Page Size: +4 KiB\n/);
  t.regex(text, /Storage: +mmcblk0 \(MMC\): up to 20 % of its life used, reserve: Normal\n/);
});

test.serial(
  'at low voltage a BestEffort pod is slowed within seconds; an agent that is killed and starts anew frees it in time',
  async (t) => {
    const burner = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'burner' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'c', image: 'bramble.local/busybox:1', command: ['sh', '-c', 'while :; do :; done'] }],
      },
    };
    await cluster.ok(['apply', '-f', '-'], JSON.stringify(burner));
    await ok('wait', 'pod/burner', '--for=condition=Ready', '--timeout=30s');
    t.false((await quota()) > 0);
    tree.write({ 'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '1\n' });
    await shows('UnderVoltage=True');
    await until('BestEffort pods are slowed', async () => (await quota()) > 0);
    const bound = (await quota()) / 100_000;
    const [from, before, held] = [performance.now(), await used(), await throttled()];
    await until('the kernel holds it back', async () => (await throttled()) > held + 10);
    const share = ((await used()) - before) / ((performance.now() - from) / 1000);
    t.true(share < bound * 1.3, `${share} of a core, ${bound} are allowed`);
    await until('the taint is there', async () => (await taints()) === 'bramble.io/under-voltage:PreferNoSchedule');
    t.regex(await ok('get', 'nodes', '-o', 'wide'), /UnderVoltageDetected/);

    tree.write({ 'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '0\n' });
    await cluster.device.endAgent('SIGKILL');
    t.true((await quota()) > 0, 'the kernel keeps the bound');
    cluster.device.startAgent();
    await ok('wait', node, '--for=condition=UnderVoltage=False', '--timeout=60s');
    await until('BestEffort pods are free', async () => !((await quota()) > 0));
    t.is(await ok('get', 'pod', 'burner', '-o', 'jsonpath={.status.containerStatuses[0].restartCount}'), '0');
    await ok('delete', 'pod', 'burner', '--timeout=30s');
    await until('the taint is gone', async () => (await taints()) === ':');
    const text = await ok('describe', node);
    for (const reason of ['UnderVoltageDetected', 'BestEffortSlowed', 'VoltageSufficient', 'BestEffortFreed']) {
      t.is(text.match(new RegExp(`^  \\w+ +${reason} `, 'gm'))?.length, 1, `${reason} once in\n${text}`);
    }
  },
);

test.serial('each other fault shows within ten seconds, with its taint, and goes when it is mended', async (t) => {
  tree.write({
    'sys/class/thermal/thermal_zone0/temp': '84123\n',
    'sys/block/mmcblk0/device/pre_eol_info': '0x02\n',
    'run/systemd/timesync/synchronized': undefined,
    'proc/self/mountinfo': mountinfo('rw', 'ro'),
    'sys/fs/ext4/mmcblk0p2/errors_count': '2\n',
  });
  const all = ['ThermalThrottling', 'StorageWear', 'ClockUnsynced', 'ReadOnlyFilesystem', 'Degraded'];
  await Promise.all(all.map((type) => shows(`${type}=True`)));
  await until('the taints are there', async () => {
    const found = await taints();
    return found.includes('bramble.io/thermal-throttling') && found.includes('bramble.io/read-only-filesystem');
  });
  const text = await ok('describe', node);
  t.regex(text, /ThermalThrottling +True .*ProcessorTooHot +the processor is at 84 °C, its limit is 80 °C/);
  t.regex(text, /StorageWear +True .*mmcblk0 is near the end of its life/);
  t.regex(text, /ClockUnsynced +True .*time server/);
  t.regex(text, /ReadOnlyFilesystem +True .*DataReadOnly/);
  t.regex(text, /Degraded +True .*FileSystemErrors/);
  t.regex(text, /Storage: +mmcblk0 .*reserve: Warning/);
  tree.write(cm4);
  await Promise.all(all.map((type) => ok('wait', node, `--for=condition=${type}=False`, '--timeout=60s')));
  await until('the taints are gone', async () => (await taints()) === ':');
  t.pass();
});
