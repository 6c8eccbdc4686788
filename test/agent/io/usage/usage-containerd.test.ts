import { join } from 'node:path';
import test from 'ava';
import { createCri } from '../../../../src/agent/io/cri/cri.ts';
import { createUsage } from '../../../../src/agent/io/usage/usage.ts';
import type { Cri } from '../../../../src/agent/ports/cri.ts';
import type { PodSubject, Usage } from '../../../../src/agent/ports/usage.ts';
import { startTestContainerd, type TestContainerd } from '../../../support/containerd.ts';
import { sandboxConfig, shellConfig } from '../../../support/cri-configs.ts';
import { BUSYBOX } from '../../../support/image-archive.ts';
import { usageContract } from './usage-contract.ts';

let containerd: TestContainerd;
let cri: Cri;
let usage: Usage;
const pods: PodSubject[] = [];

/** These have no groups of pods: as where an agent is told to make none. */
async function start(name: string): Promise<PodSubject> {
  const config = sandboxConfig(name);
  const sandboxId = await cri.runSandbox(config);
  const id = await cri.createContainer(sandboxId, shellConfig(BUSYBOX, 'echo > /made; sleep 1000'), config);
  await cri.startContainer(id);
  return {
    pod: { namespace: 'default', name, uid: config.uid },
    ...{ sandboxId, createdAtWall: 0, containers: [{ id, name: 'main', image: BUSYBOX, createdAtWall: 0 }] },
  };
}

test.before(async () => {
  containerd = await startTestContainerd();
  cri = createCri(containerd.socket);
  const dataDir = containerd.dir;
  usage = await createUsage({
    ...{ cri, socket: containerd.socket, dataDir, logDir: join(dataDir, 'logs'), cgroupRoot: '/none' },
  });
  for (const name of ['a', 'b']) pods.push(await start(name));
});

test.after.always(async () => {
  usage?.close();
  cri?.close();
  await containerd?.stop();
});

usageContract(test, () => ({ usage, pods }));

test.serial('the runtime is found by its socket, and layers and images are told', async (t) => {
  const { node, pods: found, system } = await usage.read(pods, 'fresh');
  t.true((system.find(({ name }) => name === 'runtime')?.memory?.rssBytes ?? 0) > 1024 * 1024);
  t.true((found[0]?.containers[0]?.rootfs?.inodesUsed ?? 0) >= 2);
  t.true((node.imagefs?.capacityBytes ?? 0) > 0);
  t.deepEqual(
    found[0]?.network?.map(({ name }) => name),
    ['eth0'],
  );
});

test.serial('a container that ends is left out from then on, and its pod is told on', async (t) => {
  const [one, other] = pods;
  const [container] = one?.containers ?? [];
  if (one === undefined || other === undefined || container === undefined) throw new Error('no pods');
  await usage.read(pods, 'kept');
  await cri.stopContainer(container.id, 0);
  await cri.removeContainer(container.id);
  const { pods: found } = await usage.read(pods, 'kept');
  t.deepEqual(
    found.map(({ containers }) => containers.length),
    [0, 1],
  );
});
