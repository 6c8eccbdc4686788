import test from 'ava';
import { clientRig } from './client-rig.ts';

const rig = clientRig(test);

async function stored(resource: string, object: { metadata: { name: string } }, status?: object): Promise<void> {
  const created = await rig.master.api.create(resource, object, resource === 'nodes' ? {} : { namespace: 'default' });
  if (status === undefined) return;
  const { namespace, name } = created.metadata;
  await rig.master.api.updateStatus({ resource, name, ...(namespace && { namespace }) }, { ...created, status });
}
/** The table with every age that depends on the hour of the test as 0s, and no space at the ends of lines. */
async function table(...args: readonly string[]): Promise<string> {
  const { stdout } = await rig.client.run(['get', ...args]);
  return stdout.replaceAll(/\b\d{1,2}s( +)/g, (found) => '0s'.padEnd(found.length)).replaceAll(/\b\d{1,2}s$/gm, '0s');
}
const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

test('pods: ready and restart counts, the state that kubectl shows, and where they are', async (t) => {
  const spec = {
    containers: [
      { name: 'a', image: 'a:1' },
      { name: 'b', image: 'b:1' },
    ],
    nodeName: 'pi-1',
  };
  const pod = (name: string, more: object = {}, gates: readonly string[] = []) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...more },
    spec: { ...spec, readinessGates: gates.map((conditionType) => ({ conditionType })) },
  });
  const status = (name: string, state: object, ready = false, restartCount = 0) => ({
    name,
    state,
    ready,
    restartCount,
    image: 'a:1',
  });
  const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
  await stored('pods', pod('fine', { labels: { app: 'x' } }, ['example.com/gate']), {
    phase: 'Running',
    podIP: '10.0.0.7',
    containerStatuses: [status('a', running, true), status('b', running, true)],
  });
  await stored('pods', pod('crashing'), {
    phase: 'Running',
    containerStatuses: [status('a', running, true), status('b', { waiting: { reason: 'CrashLoopBackOff' } }, false, 4)],
  });
  await stored('pods', pod('new'));
  const expected = lines(
    'NAME       READY   STATUS             RESTARTS   AGE   IP         NODE   READINESS GATES',
    'crashing   1/2     CrashLoopBackOff   4          0s    <none>     pi-1   <none>',
    'fine       2/2     Running            0          0s    10.0.0.7   pi-1   0/1',
    'new        0/2     Pending            0          0s    <none>     pi-1   <none>',
  );
  t.is(await table('pods', '-o', 'wide'), expected);
  t.is(
    await table('pods', '-A', '-l', 'app=x', '--show-labels'),
    lines(
      'NAMESPACE   NAME   READY   STATUS    RESTARTS   AGE   LABELS',
      'default     fine   2/2     Running   0          0s    app=x',
    ),
  );
});

test('deployments and replicasets: counts, and wide what they run', async (t) => {
  const selector = { matchLabels: { app: 'web' } };
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } };
  const metadata = { name: 'web' };
  const spec = { replicas: 3, selector, template };
  await stored('deployments', { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec } as never, {
    replicas: 3,
    readyReplicas: 2,
    updatedReplicas: 3,
    availableReplicas: 2,
  });
  await stored('replicasets', { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec } as never, {
    replicas: 3,
    readyReplicas: 2,
  });
  t.is(
    await table('deployments', '-o', 'wide'),
    lines(
      'NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR',
      'web    2/3     3            2           0s    main         web:1    app=web',
    ),
  );
  t.is(
    await table('rs', '-o', 'wide'),
    lines(
      'NAME   DESIRED   CURRENT   READY   AGE   CONTAINERS   IMAGES   SELECTOR',
      'web    3         3         2       0s    main         web:1    app=web',
    ),
  );
  t.is(
    await table('deploy,rs', '--no-headers'),
    lines(
      'deployment.apps/web   2/3     3            2           0s',
      '',
      'replicaset.apps/web   3         3         2       0s',
    ),
  );
});

test('nodes: state, roles, versions and addresses', async (t) => {
  const labels = { 'node-role.kubernetes.io/gateway': '' };
  const nodeInfo = {
    kubeletVersion: 'v0.1.0',
    osImage: 'Debian 12',
    kernelVersion: '6.1',
    containerRuntimeVersion: 'containerd://1.6.20',
  };
  await stored('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-1', labels } } as never, {
    conditions: [{ type: 'Ready', status: 'True' }],
    addresses: [{ type: 'InternalIP', address: '192.168.0.7' }],
    nodeInfo,
  });
  await stored(
    'nodes',
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-2' }, spec: { unschedulable: true } } as never,
    {
      conditions: [{ type: 'Ready', status: 'False' }],
    },
  );
  t.is(
    await table('nodes', '-o', 'wide'),
    lines(
      'NAME   STATUS                        ROLES     AGE   VERSION     INTERNAL-IP   EXTERNAL-IP   OS-IMAGE    KERNEL-VERSION   CONTAINER-RUNTIME     PROBLEMS',
      'pi-1   Ready                         gateway   0s    v0.1.0      192.168.0.7   <none>        Debian 12   6.1              containerd://1.6.20   <none>',
      'pi-2   NotReady,SchedulingDisabled   <none>    0s    <unknown>   <none>        <none>        <unknown>   <unknown>        <unknown>             <none>',
    ),
  );
});

test.serial('configmaps, secrets and namespaces', async (t) => {
  await stored('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data: { a: '1', b: '2' },
  } as never);
  await stored('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { a: 'aGVsbG8=' },
  } as never);
  t.is(await table('cm'), lines('NAME   DATA   AGE', 'c      2      0s'));
  t.is(await table('secrets'), lines('NAME   TYPE     DATA   AGE', 's      Opaque   1      0s'));
  t.regex(await table('ns', 'default'), /^NAME {6}STATUS {3}AGE\ndefault {3}Active {3}0s\n$/);
});

test("a secret's values are shown as data only: describe tells their sizes", async (t) => {
  const stringData = { password: 'hunter2' };
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'told' }, stringData });
  await rig.client.run(['apply', '-f', '-'], manifest);
  const described = (await rig.client.run(['describe', 'secret', 'told'])).stdout;
  t.regex(described, /password: +7 bytes/);
  t.notRegex(described, /hunter2|aHVudGVyMg/);
  t.regex((await rig.client.run(['get', 'secret', 'told', '-o', 'yaml'])).stdout, /password: aHVudGVyMg==/);
});
