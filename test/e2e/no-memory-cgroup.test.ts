/** A device whose kernel has its memory cgroup switched off, as Raspberry Pi OS has it: the cluster sees another /proc/cgroups. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { cgroupMounts } from '../../src/agent/io/host/cgroup-facts.ts';
import { startCluster } from '../support/cluster.ts';

test('pods with a memory limit run, say that it is not enforced, and the node says what to do about it', async (t) => {
  const { version } = await cgroupMounts('/');
  if (version === 2) {
    t.log("skipped: with version 2 the controllers are the kernel's own file, which can not be covered");
    t.pass();
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'bramble-no-memory-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const table = join(dir, 'cgroups');
  writeFileSync(table, readFileSync('/proc/cgroups', 'utf8').replace(/^(memory\t\d+\t\d+)\t1$/m, '$1\t0'));
  const covered = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /proc/cgroups && exec "$@"', table];
  const cluster = await startCluster(67, [], covered);
  t.teardown(() => cluster.stop());
  const { ok } = cluster;
  const resources = { limits: { memory: '16Mi' } };
  const containers = [{ name: 'app', image: 'bramble.local/busybox:1', command: ['sleep', '1000'], resources }];
  const spec = { terminationGracePeriodSeconds: 1, containers };
  await ok(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'limited' }, spec }),
  );
  await ok(['wait', 'pod/limited', '--for=condition=Ready', '--timeout=30s']);
  t.regex(
    await ok(['describe', 'pod', 'limited']),
    /LimitNotEnforced +.*The memory limit of container app is not enforced/,
  );
  t.regex(await ok(['describe', 'node', 'node-1']), /Degraded +True .*cgroup_enable=memory/);
  t.is(await ok(['get', 'node', 'node-1', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']), 'True');
  t.regex(await ok(['get', 'nodes']), /node-1 +Ready,Degraded /);
});
