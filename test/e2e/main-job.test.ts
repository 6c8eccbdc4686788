/** The main job through the shipped program: a real nats-server, a real containerd, the real processes. */

import { get } from 'node:http';
import test from 'ava';
import { processesOf } from '../../bench/lib/processes.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { kill } from '../support/kill.ts';
import { leftovers } from '../support/leftovers.ts';

let cluster: Cluster;

test.before(async () => {
  cluster = await startCluster(1);
});

test.after.always(async () => {
  await cluster?.stop();
});

const ok: Cluster['ok'] = (...call) => cluster.ok(...call);

async function pods(selector: string, path: string): Promise<readonly string[]> {
  const text = await ok(['get', 'pods', '-l', selector, '-o', `jsonpath={range .items[*]}{${path}}{"\\n"}{end}`]);
  return text.split('\n').filter((line) => line !== '');
}

/** Names of the pods that have restarted, once there is one. */
async function restarted(selector: string): Promise<readonly string[]> {
  for (;;) {
    const { items } = JSON.parse(await ok(['get', 'pods', '-l', selector, '-o', 'json'])) as {
      items: { metadata: { name: string }; status?: { containerStatuses?: { restartCount: number }[] } }[];
    };
    const ending = items.filter(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    if (ending.length > 0) return ending.map(({ metadata }) => metadata.name);
  }
}

function httpGet(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
}

const rolledOut = ['rollout', 'status', 'deployment/hello', '--timeout=60s'];

test.serial('a manifest becomes running containers that print their ConfigMap’s line and answer HTTP', async (t) => {
  const applied = await ok(['apply', '-f', 'examples/hello.yaml']);
  t.is(applied, 'configmap/hello created\ndeployment.apps/hello created\n');
  await ok(rolledOut);
  const names = await pods('app=hello', '.metadata.name');
  const ips = await pods('app=hello', '.status.podIP');
  t.is(names.length, 3);
  t.is(new Set(ips).size, 3);
  for (const [index, name] of names.entries()) {
    t.is(await ok(['logs', name, '--tail=1']), `Hello from Bramble, I am ${name}\n`);
    t.is(await httpGet(`http://${ips[index]}:8080/`), `Hello from Bramble, I am ${name}\n`);
  }
});

test.serial('applying the same again changes nothing', async (t) => {
  t.is(
    await ok(['apply', '-f', 'examples/hello.yaml']),
    'configmap/hello unchanged\ndeployment.apps/hello unchanged\n',
  );
});

test.serial('an agent that is killed finds its containers again and restarts none', async (t) => {
  const containers = await pods('app=hello', '.status.containerStatuses[0].containerID');
  for (const { pid } of processesOf(cluster.dir).filter(({ role }) => role === 'agent')) kill(pid);
  await ok(['scale', 'deployment/hello', '--replicas=4']);
  await ok(rolledOut);
  const after = await pods('app=hello', '.status.containerStatuses[0].containerID');
  for (const id of containers) t.true(after.includes(id));
  t.deepEqual(await pods('app=hello', '.status.containerStatuses[0].restartCount'), ['0', '0', '0', '0']);
});

test.serial('a master and a nats-server that are killed come back with everything acknowledged', async (t) => {
  const containers = await pods('app=hello', '.status.containerStatuses[0].containerID');
  for (const { pid } of processesOf(cluster.dir).filter(({ role }) => role === 'master' || role === 'nats')) {
    kill(pid);
  }
  let scaled = await cluster.bramble(['scale', 'deployment/hello', '--replicas=3']);
  for (let tries = 0; scaled.code !== 0 && tries < 10; tries += 1) {
    scaled = await cluster.bramble(['scale', 'deployment/hello', '--replicas=3']);
  }
  t.is(scaled.code, 0, scaled.stderr);
  await ok(rolledOut);
  const after = await pods('app=hello', '.status.containerStatuses[0].containerID');
  t.true(after.every((id) => containers.includes(id)));
});

test.serial('a rollout whose containers end at once replaces none of the good ones, and undo ends it', async (t) => {
  const live = JSON.parse(await ok(['get', 'deployment', 'hello', '-o', 'json']));
  const [container] = live.spec.template.spec.containers;
  container.command = ['/bin/false'];
  container.args = [];
  const { name, labels } = live.metadata;
  const next = { apiVersion: live.apiVersion, kind: live.kind, metadata: { name, labels }, spec: live.spec };
  await ok(['apply', '-f', '-'], JSON.stringify(next));
  const [bad] = await restarted('app=hello');
  await ok([
    'wait',
    '--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff',
    `pod/${bad}`,
    '--timeout=30s',
  ]);
  t.is(await ok(['get', 'deployment', 'hello', '-o', 'jsonpath={.status.availableReplicas}']), '3');
  await ok(['rollout', 'undo', 'deployment/hello']);
  await ok(rolledOut);
});

test.serial('an image and a command that do not exist are told in the pod’s status', async (t) => {
  const patch = (image: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'broken' },
      spec: { containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['/nothing/here'] }] },
    });
  await ok(['apply', '-f', '-'], patch('127.0.0.1:9/none:1'));
  await ok([
    'wait',
    '--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff',
    'pod/broken',
    '--timeout=60s',
  ]);
  const message = await ok([
    'get',
    'pod',
    'broken',
    '-o',
    'jsonpath={.status.containerStatuses[0].state.waiting.message}',
  ]);
  t.regex(message, /127\.0\.0\.1:9\/none:1/);
  await ok(['delete', 'pod', 'broken']);
  await ok(['apply', '-f', '-'], patch('bramble.local/busybox:1'));
  await ok([
    'wait',
    '--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff',
    'pod/broken',
    '--timeout=60s',
  ]);
  const described = await ok(['describe', 'pod', 'broken']);
  t.regex(described, /\/nothing\/here/);
  await ok(['delete', 'pod', 'broken']);
});

test.serial('deleting the manifest ends the containers, and down leaves nothing on the machine', async (t) => {
  await ok(['delete', '-f', 'examples/hello.yaml']);
  await ok(['wait', '--for=delete', 'pods', '-l', 'app=hello', '--timeout=60s']);
  const { dir } = cluster;
  await cluster.stop();
  t.deepEqual(leftovers(dir, 'brtest1'), []);
});
