/** What changes in a running pod, from the client to the container: readiness gates, a resize, a shorter end. */

import test from 'ava';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';

let cluster: Cluster;
test.before(async () => {
  cluster = await startCluster(50);
});
test.after.always(async () => await cluster?.stop());

const image = 'bramble.local/busybox:1';
const ok: Cluster['ok'] = (...call) => cluster.ok(...call);
const manifest = (name: string, spec: object, container: object = {}) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...spec,
      containers: [{ name: 'app', image, command: ['sleep', '1000'], ...container }],
    },
  });
const row = async (name: string): Promise<string> => await ok(['get', 'pod', name, '--no-headers', '-o', 'wide']);
const path = async (name: string, jsonpath: string): Promise<string> =>
  await ok(['get', 'pod', name, '-o', `jsonpath={${jsonpath}}`]);

test('a pod is not ready until a client opens its gate, and not any more when the client closes it', async (t) => {
  await ok(['apply', '-f', '-'], manifest('gated', { readinessGates: [{ conditionType: 'example.com/gate' }] }));
  const isContainerReady = async () => (await path('gated', '.status.containerStatuses[0].ready')) === 'true';
  await until('the container is ready', isContainerReady);
  t.regex(await row('gated'), /^gated +1\/1 +Running .* 0\/1 *$/m);
  const ready = '.status.conditions[?(@.type=="Ready")]';
  t.is(await path('gated', `${ready}.status`), 'False');
  t.is(await path('gated', `${ready}.reason`), 'ReadinessGatesNotReady');
  const gate = async (status: string) => {
    const patch = { status: { conditions: [{ type: 'example.com/gate', status }] } };
    await ok(['patch', 'pod', 'gated', '--subresource=status', '-p', JSON.stringify(patch)]);
  };
  await gate('True');
  await ok(['wait', 'pod/gated', '--for=condition=Ready', '--timeout=10s']);
  t.regex(await row('gated'), / 1\/1 *$/m);
  t.regex(await ok(['describe', 'pod', 'gated']), /^Readiness Gates:\n {2}example\.com\/gate: +True$/m);
  await gate('False');
  await ok(['wait', 'pod/gated', '--for=condition=Ready=False', '--timeout=10s']);
  await ok(['delete', 'pod', 'gated']);
});

test('a resize through the client changes what the runtime enforces, without a restart', async (t) => {
  const limits = (cpu: string) => ({ resources: { limits: { cpu, memory: '32Mi' } } });
  await ok(['apply', '-f', '-'], manifest('sized', {}, limits('100m')));
  await ok(['wait', 'pod/sized', '--for=condition=Ready', '--timeout=20s']);
  const before = await path('sized', '.status.containerStatuses[0].containerID');
  const container = { name: 'app', resources: { requests: { cpu: '200m' }, limits: { cpu: '200m' } } };
  const patch = JSON.stringify({ spec: { containers: [container] } });
  t.is((await cluster.bramble(['patch', 'pod', 'sized', '-p', patch])).code, 1);
  t.is(await ok(['patch', 'pod', 'sized', '--subresource=resize', '-p', patch]), 'pod/sized patched\n');
  const enforced = '.status.containerStatuses[0].resources.limits.cpu';
  await until('the runtime has it', async () => (await path('sized', enforced)) === '200m');
  t.is(await path('sized', '.status.containerStatuses[0].containerID'), before);
  t.is(await path('sized', '.status.containerStatuses[0].restartCount'), '0');
  await ok(['delete', 'pod', 'sized']);
});

test('a second deletion with less time ends a container that takes its time', async (t) => {
  const stubborn = { command: ['sh', '-c', "trap '' TERM; while true; do sleep 0.1; done"] };
  await ok(['apply', '-f', '-'], manifest('slow', { terminationGracePeriodSeconds: 600 }, stubborn));
  await ok(['wait', 'pod/slow', '--for=condition=Ready', '--timeout=20s']);
  await ok(['delete', 'pod', 'slow', '--wait=false']);
  t.regex(await row('slow'), /^slow +\S+ +Terminating /m);
  t.regex(await ok(['describe', 'pod', 'slow']), /^Status: +Terminating\nTermination Grace Period: +600s$/m);
  t.is(await ok(['delete', 'pod', 'slow', '--grace-period=1', '--timeout=20s']), 'pod "slow" deleted\n');
});

test('init containers and sidecars show as kubectl shows them, on the way and when they run', async (t) => {
  const init = { image, command: ['sh', '-c', 'until [ -e /v/go ]; do sleep 0.1; done'] };
  const volumeMounts = [{ name: 'v', mountPath: '/v' }];
  const spec = {
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [
      {
        name: 'side',
        image,
        restartPolicy: 'Always',
        command: ['sh', '-c', 'sleep 2; touch /v/go; sleep 1000'],
        volumeMounts,
      },
      { ...init, name: 'init', volumeMounts },
    ],
  };
  await ok(['apply', '-f', '-'], manifest('staged', spec));
  await until('it initialises', async () => /^staged +1\/2 +Init:1\/2 /m.test(await row('staged')));
  await until('it runs', async () => /^staged +2\/2 +Running /m.test(await row('staged')));
  t.regex(
    await ok(['describe', 'pod', 'staged']),
    /^Init Containers:\n {2}side:\n[\s\S]* {4}Restart Policy: +Always$/m,
  );
  await ok(['delete', 'pod', 'staged']);
});
