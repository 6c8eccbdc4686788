import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { createPressureSignals } from '../../../../src/agent/io/eviction/pressure-signals.ts';
import { CriError } from '../../../../src/agent/ports/cri.ts';

const KIB = 1024;
const MIB = 2 ** 20;

const common = {
  'proc/meminfo':
    'MemTotal:        1000 kB\nMemFree:          300 kB\nMemAvailable:     900 kB\nActive(file):      50 kB\nInactive(file):   100 kB\n',
  'proc/loadavg': '0.10 0.20 0.30 2/400 12345\n',
  'proc/sys/kernel/pid_max': '32768\n',
  'proc/sys/kernel/threads-max': '1600\n',
  'proc/pressure/memory':
    'some avg10=1.00 avg60=2.00 avg300=3.00 total=4\nfull avg10=41.50 avg60=12.00 avg300=0.30 total=4\n',
};
const version1 = {
  ...common,
  'proc/self/mountinfo': '30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
  'sys/fs/cgroup/memory/own/kubepods/memory.usage_in_bytes': `${60 * MIB}\n`,
  'sys/fs/cgroup/memory/own/kubepods/memory.stat': `inactive_file 7\ntotal_inactive_file ${10 * MIB}\n`,
};
const version2 = {
  ...common,
  'proc/self/mountinfo': '30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
  'sys/fs/cgroup/cgroup.controllers': 'cpu memory pids\n',
  'sys/fs/cgroup/own/kubepods/memory.current': `${60 * MIB}\n`,
  'sys/fs/cgroup/own/kubepods/memory.stat': `anon 1\ninactive_file ${10 * MIB}\n`,
};

async function read(
  files: Readonly<Record<string, string>>,
  imageDir = async (): Promise<string | undefined> => undefined,
) {
  const fileRoot = await mkdtemp(join(tmpdir(), 'bramble-signals-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(fileRoot, path)), { recursive: true });
      await writeFile(join(fileRoot, path), content);
    }
    const options = { dataDir: fileRoot, imageDir, cgroupRoot: '/own', podsMemoryBytes: 100 * MIB, fileRoot };
    return await (await createPressureSignals(options)).read('all');
  } finally {
    await rm(fileRoot, { recursive: true, force: true });
  }
}

for (const [name, files] of [
  ['1', version1],
  ['2', version2],
] as const) {
  test(`with control groups of version ${name} all signals are read, as the kubelet computes them`, async (t) => {
    const { levels, stall, separateImages } = await read(files);
    t.deepEqual(levels['memory.available'], { available: 400 * KIB, capacity: 1000 * KIB });
    t.deepEqual(levels['allocatableMemory.available'], { available: 50 * MIB, capacity: 100 * MIB });
    t.deepEqual(levels['pid.available'], { available: 1200, capacity: 1600 });
    t.deepEqual(stall, { 10: 41.5, 60: 12, 300: 0.3 });
    t.false(separateImages);
    const { available = 0, capacity = 0 } = levels['nodefs.available'] ?? {};
    t.true(available > 0 && available <= capacity);
    t.deepEqual(levels['imagefs.available']?.capacity, capacity);
  });
}

for (const [name, files] of [
  ['1', version1],
  ['2', version2],
] as const) {
  test(`slices that systemd has made are read as well, with control groups of version ${name}`, async (t) => {
    const inSlices = Object.entries(files).map(([path, content]) => [
      path.replace('own/kubepods/', 'own.slice/own-kubepods.slice/'),
      content,
    ]);
    const { levels } = await read(Object.fromEntries(inSlices));
    t.deepEqual(levels['allocatableMemory.available'], { available: 50 * MIB, capacity: 100 * MIB });
  });
}

test('before the group of pods is made all that it may use is left', async (t) => {
  const { levels } = await read({
    ...common,
    'proc/self/mountinfo': version2['proc/self/mountinfo'],
    'sys/fs/cgroup/cgroup.controllers': 'memory\n',
  });
  t.deepEqual(levels['allocatableMemory.available'], { available: 100 * MIB, capacity: 100 * MIB });
});

test('a file system of its own for images is told apart, and a runtime that is away is none', async (t) => {
  const apart = await read(version2, async () => '/proc');
  t.true(apart.separateImages);
  const away = await read(version2, async () => {
    throw new CriError('unavailable', 'no runtime');
  });
  t.false(away.separateImages);
  t.is(away.levels['imagefs.available'], undefined, 'where they are is not known yet');
});
