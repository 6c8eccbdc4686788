import test from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';
import { SimCri } from '../../../src/sim/device/sim-cri.ts';
import { criContract } from '../../agent/io/cri/cri-contract.ts';
import { until } from '../../support/eventually.ts';

const image = 'registry.test/app:1';
const create = () => new SimCri(realClock, { sandbox: 1, start: 1, stop: 1, pull: 1 });
const shared = create();
test.before(async () => void (await shared.pullImage(image)));

criContract(test, () => ({ cri: shared, image, logs: '/logs', until }), { processes: false });

test('the end of a container is told to who listens, and what runs is counted by pod', async (t) => {
  const cri = create();
  await cri.pullImage(image);
  const over = new AbortController();
  const ended: string[] = [];
  const watching = (async () => {
    for await (const { type, containerId } of cri.events(over.signal)) if (type === 'stopped') ended.push(containerId);
  })();
  const namespaces = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const;
  const box = { name: 'p', namespace: 'default', uid: 'uid-p', attempt: 0, logDirectory: '', labels: {} };
  const sandboxConfig = { ...box, annotations: {}, namespaces };
  const sandbox = await cri.runSandbox(sandboxConfig);
  const config = { name: 'main', attempt: 0, image, command: [], args: [], envs: [], mounts: [], labels: {} };
  const rest = { annotations: {}, logPath: '', stdin: false, stdinOnce: false, tty: false, resources: {} };
  const security = { privileged: false, addCapabilities: [], dropCapabilities: [], supplementalGroups: [], namespaces };
  const id = await cri.createContainer(sandbox, {
    ...{ ...config, ...rest },
    security: { ...security, readonlyRootfs: false, noNewPrivileges: false },
  });
  await cri.startContainer(id);
  t.deepEqual(cri.running(), [{ uid: 'uid-p', container: 'main' }]);
  await cri.stopSandbox(sandbox);
  await until('the end is told', async () => ended.includes(id));
  t.deepEqual(cri.running(), []);
  over.abort();
  await watching;
  await cri.removeSandbox(sandbox);
});
