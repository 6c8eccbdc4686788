/** Eviction on a real file system that is small: space, inodes, and what a pod allows itself. */

import { statfsSync } from 'node:fs';
import test from 'ava';
import { evictionVerbs } from '../support/eviction-verbs.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';
import { fillDisk, idle, onDisk, podOf, removeSmallDisk, smallDisk } from '../support/small-device.ts';

const INDEX = 122;
let cluster: FieldCluster;

test.before(async () => {
  cluster = await startFieldCluster(INDEX, [
    '--eviction-hard=nodefs.available<30%,nodefs.inodesFree<20%',
    '--eviction-pressure-transition-period=3s',
    '--image-gc-high-threshold-percent=100',
    '--kube-reserved=cpu=100m,memory=128Mi',
  ]);
  smallDisk(cluster.device.dataDir, 600, 12_000);
  cluster.device.startAgent();
  await cluster.untilNodeReady();
});

test.after.always(async () => {
  await cluster?.stop();
  if (cluster !== undefined) removeSmallDisk(cluster.device);
});

const { calm, conditionOf, evicted, field, message, ok, running } = evictionVerbs(() => cluster, {
  evictedWithin: '60s',
  calmWithin: 40_000,
});

test.serial('who fills the disk is ended and what it wrote is free again; others stay', async (t) => {
  await running('idle', `echo here > /fill/file; ${idle}`, onDisk);
  await ok(['apply', '-f', '-'], podOf('filler', fillDisk(80), onDisk));
  await evicted('filler');
  t.regex(
    await message('filler'),
    /^The node was low on resource: ephemeral-storage\. Threshold quantity: \d+Mi, available: \d+Mi\. Signal: nodefs\.available<30%\. (Container .*)?Pod filler was using \d+Mi, request is 0, has larger consumption of ephemeral-storage\. $/,
  );
  t.is(await field('pod', 'idle', '.status.phase'), 'Running');
  await calm('DiskPressure');
});

test.serial(
  'who takes the last byte at once is ended too, though nobody can write that down, and nobody else is',
  async (t) => {
    const { bavail, bsize } = statfsSync(cluster.device.dataDir);
    const all = [
      `fallocate -l ${bavail * bsize - 4 * 2 ** 20} /fill/most`,
      ...['64k', '4k', '1'].map((size) => `dd if=/dev/zero of=/fill/by-${size} bs=${size} 2>/dev/null`),
    ];
    await ok(['apply', '-f', '-'], podOf('grabber', `${all.join('; ')}; ${idle}`, onDisk));
    await evicted('grabber');
    await calm('DiskPressure');
    t.is(await field('pod', 'idle', '.status.phase'), 'Running', await field('pod', 'idle', '.status.message'));
    t.true((await cluster.device.running())?.some(({ pod }) => pod === 'idle'));
  },
);

test.serial('who takes all inodes is ended', async (t) => {
  const files = `i=0; while :; do touch /fill/$i; i=$((i + 1)); done`;
  await ok(['apply', '-f', '-'], podOf('littering', files, onDisk));
  await evicted('littering');
  t.regex(
    await message('littering'),
    /^The node was low on resource: inodes\. Threshold quantity: \d+, available: \d+\. Signal: nodefs\.inodesFree<20%\. Pod littering was using \d+, request is 0, has larger consumption of inodes\. $/,
  );
  await calm('DiskPressure');
});

test.serial(
  'a pod that writes more than it allows itself is ended for it, and the node is not short of anything',
  async (t) => {
    const small = { ...onDisk, volumes: [{ name: 'fill', emptyDir: { sizeLimit: '1Mi' } }] };
    const write = `dd if=/dev/zero of=/fill/big bs=1M count=5 2>/dev/null; ${idle}`;
    const layer = `dd if=/dev/zero of=/big bs=1M count=5 2>/dev/null; ${idle}`;
    const limits = { limits: { 'ephemeral-storage': '2Mi' } };
    await Promise.all([
      ok(['apply', '-f', '-'], podOf('over-volume', write, small)),
      ok(['apply', '-f', '-'], podOf('over-layer', layer, { resources: limits })),
    ]);
    await evicted('over-volume');
    await evicted('over-layer');
    t.is(await message('over-volume'), 'Usage of EmptyDir volume "fill" exceeds the limit "1Mi". ');
    t.is(await message('over-layer'), 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ');
    t.is(await field('pod', 'over-layer', '.status.conditions[?(@.type=="DisruptionTarget")].reason'), '');
    t.is(await field('pod', 'idle', '.status.phase'), 'Running');
    t.is(await conditionOf('DiskPressure'), 'False');
  },
);
