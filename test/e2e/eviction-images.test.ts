/** Eviction where images and writable layers have a file system of their own. */

import { join } from 'node:path';
import test from 'ava';
import { evictionVerbs } from '../support/eviction-verbs.ts';
import { type FieldCluster, startFieldCluster } from '../support/field-cluster.ts';
import { fillDisk, idle, onDisk, podOf, removeSmallDisk, smallDisk } from '../support/small-device.ts';

const INDEX = 186;
let cluster: FieldCluster;
const images = () => ({ dataDir: join(cluster.device.dataDir, 'containerd') });

test.before(async () => {
  cluster = await startFieldCluster(INDEX, [
    '--eviction-hard=imagefs.available<30%,imagefs.inodesFree<20%',
    '--eviction-pressure-transition-period=3s',
    '--image-gc-high-threshold-percent=100',
    '--kube-reserved=cpu=100m,memory=128Mi',
  ]);
  smallDisk(images().dataDir, 400, 12_000);
  cluster.device.startAgent();
  await cluster.untilNodeReady();
});

test.after.always(async () => {
  await cluster?.stop();
  if (cluster !== undefined) removeSmallDisk(images());
});

const { calm, evicted, field, ok } = evictionVerbs(() => cluster, { evictedWithin: '60s', calmWithin: 40_000 });

test.serial('who fills the disk of images with its layer is ended, and not who has more in a volume', async (t) => {
  const hoard = `dd if=/dev/zero of=/fill/big bs=1M count=600 2>/dev/null; ${idle}`;
  await ok(['apply', '-f', '-'], podOf('hoarder', hoard, onDisk));
  await ok(['wait', 'pod/hoarder', '--for=condition=Ready', '--timeout=30s']);
  await ok(['apply', '-f', '-'], podOf('filler', `mkdir /fill; ${fillDisk(80)}`));
  await evicted('filler');
  t.regex(
    await field('pod', 'filler', '.status.message'),
    /^The node was low on resource: ephemeral-storage\. Threshold quantity: \d+Mi, available: \d+Mi\. .*Container app was using/,
  );
  t.is(await field('pod', 'hoarder', '.status.phase'), 'Running');
  await calm('DiskPressure');
});

test.serial('who takes all inodes of the disk of images is ended', async (t) => {
  const files = `mkdir /fill; i=0; while :; do touch /fill/$i; i=$((i + 1)); done`;
  await ok(['apply', '-f', '-'], podOf('littering', files));
  await evicted('littering');
  t.regex(await field('pod', 'littering', '.status.message'), /^The node was low on resource: inodes\. /);
  t.is(await field('pod', 'hoarder', '.status.phase'), 'Running');
  await calm('DiskPressure');
});
