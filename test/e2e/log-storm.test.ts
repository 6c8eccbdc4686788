/** Storms of logs on real containerd: held to a rate, counted, and no pod's output lost to an agent or a containerd that ends. */

import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { processesOf, type Role } from '../../bench/lib/processes.ts';
import { mountsUnder } from '../../src/agent/io/files/mounts.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';

let cluster: Cluster;
const RATE = 64 * 1024;
const BURST = 512 * 1024;

test.before(async () => {
  cluster = await startCluster(125, ['--container-log-max-rate=64Ki', '--container-log-burst=512Ki']);
});
test.after.always(() => cluster?.stop());

const ok: Cluster['ok'] = (...call) => cluster.ok(...call);

/** Runs a shell script in a container. */
async function run(name: string, script: string): Promise<void> {
  const spec = {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'bramble.local/busybox:1', command: ['sh', '-c', script] }],
  };
  await ok(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }));
  await ok(['wait', '--for=jsonpath={.status.phase}=Running', `pod/${name}`, '--timeout=30s']);
}

/** Bytes of a pod's log on the disk, with its rotated parts. */
function onDisk(name: string): { readonly dir: string; readonly bytes: number } {
  const logs = join(cluster.dir, 'data/agent/logs');
  const [folder = ''] = readdirSync(logs).filter((entry) => entry.startsWith(`default_${name}_`));
  const dir = join(logs, folder, 'main');
  const bytes = readdirSync(dir).reduce((sum, file) => sum + statSync(join(dir, file)).size, 0);
  return { dir, bytes };
}

const inMemory = () => mountsUnder(join(cluster.dir, 'run/agent/log-storms'));

const kill = (role: Role): void => {
  const found = processesOf(cluster.dir).find((one) => one.role === role);
  if (found === undefined) throw new Error(`there is no ${role}`);
  process.kill(found.pid, 'SIGKILL');
};
const alive = (role: Role) => processesOf(cluster.dir).some((one) => one.role === role);

/** About 5 MB a second of numbered lines until there is a file /calm, and then a line a second. */
const STORM =
  'i=0; while [ ! -e /calm ]; do yes "line of a storm that goes on and on and on and on and on and on" | head -n 7000; i=$((i+1)); echo round $i; sleep 0.1; done; while true; do echo calm; sleep 0.2; done';

/** What may be on the disk so many seconds after a storm has begun: the burst, what comes until it is noticed, and the rate. */
const bound = (seconds: number) => BURST + 3 * 8e6 + seconds * 2 * RATE;

async function storming(name: string): Promise<void> {
  await run(name, STORM);
  await until('the storm is noticed', async () => /LogStorm /.test(await ok(['events', '--for', `pod/${name}`])));
}

test.serial(
  'a storm of logs is held to the rate, the drop is told in the log and as an Event, and afterwards all is as before',
  async (t) => {
    await storming('storm');
    const before = onDisk('storm').bytes;
    const begun = performance.now();
    await until('something was dropped, and the log says so', async () =>
      /bytes dropped: over the limit of 64.0 KiB a second/.test(await ok(['logs', 'storm', '--tail=2000'])),
    );
    const grown = onDisk('storm').bytes - before;
    t.true(grown <= BURST + ((performance.now() - begun) / 1000 + 3) * RATE, `${grown} bytes`);
    t.true(onDisk('storm').bytes < bound(20));
    t.is((await inMemory()).length, 1);
    await ok(['exec', 'storm', '--', 'touch', '/calm']);
    await until('it is calm', async () => /calm\n$/.test(await ok(['logs', 'storm', '--tail=1'])));
    await ok(['delete', 'pod', 'storm']);
    await until('the memory is given back', async () => (await inMemory()).length === 0);
  },
);

test.serial(
  'an agent that is killed in a storm, and a containerd that is, lose no control of it and leave nothing',
  async (t) => {
    await storming('killed');
    kill('agent');
    await until('the agent is back', async () => alive('agent'));
    const follow = async () => {
      const size = onDisk('killed').bytes;
      await until('the log goes on', async () => onDisk('killed').bytes > size);
    };
    await follow();
    kill('containerd');
    await until('containerd is back', async () => alive('containerd'));
    await follow();
    await until('it is held again', async () => {
      const size = onDisk('killed').bytes;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return onDisk('killed').bytes - size < 4 * RATE;
    });
    const { dir } = onDisk('killed');
    t.deepEqual(
      readdirSync(dir).filter((name) => name.endsWith('.aside')),
      [],
    );
    t.true(lstatSync(join(dir, '0.log')).isFile());
    await ok(['delete', 'pod', 'killed']);
    await until('the memory is given back', async () => (await inMemory()).length === 0);
  },
);
