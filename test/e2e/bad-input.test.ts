/** What bad input gets, through the shipped program and a real cluster. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import { type Cluster, program, type Ran, runBramble, startCluster } from '../support/cluster.ts';
import { startNatsServer } from '../support/nats-server.ts';

let cluster: Cluster;
test.before(async () => {
  cluster = await startCluster(20);
});
test.after.always(async () => await cluster?.stop());

/** What the client writes when it has failed by its own fault. */
const stack = /\n\s+at .*[:(]/;
const refusedBy = (t: ExecutionContext, ran: Ran, code: number, ...says: readonly RegExp[]): void => {
  t.is(ran.code, code, ran.stderr);
  for (const pattern of says) t.regex(ran.stderr, pattern);
  t.notRegex(ran.stderr, stack);
  t.regex(ran.stderr, /^error: /);
};

const pod = (name: string, container: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  terminationGracePeriodSeconds: 1\n  containers:\n    - name: main\n${container.replaceAll(/^/gm, '      ')}\n`;
const image = 'image: bramble.local/busybox:1';
const configMap = (name: string, extra = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${extra}`;
const deployment = (name: string, selector: string, label = selector, args = ''): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  replicas: 0\n  selector:\n    matchLabels:\n      app: ${selector}\n  template:\n    metadata:\n      labels:\n        app: ${label}\n    spec:\n      containers:\n        - name: main\n          ${image}\n${args}`;

const manifests: readonly (readonly [title: string, bad: string, ...says: readonly RegExp[]])[] = [
  ['broken YAML is told with line and column', 'kind: Pod\nspec: [1, 2\nmore: 3\n', /<stdin>:\d+:\d+: YAML: /],
  [
    'an unknown kind is told with the nearest',
    configMap('x').replace('ConfigMap', 'ConfigMpa'),
    /:8:1: .*did you mean ConfigMap/,
  ],
  [
    'an unknown apiVersion is told with the right one',
    configMap('x').replace('v1', 'v2'),
    /:7:1: .*ConfigMap is in v1/,
  ],
  [
    'an unknown field is told with its path and the nearest',
    pod('x', 'imgae: a'),
    /:15:7: spec\.containers\[0\]\.imgae: .*did you mean "image"/,
  ],
  [
    'a wrong type is told',
    deployment('x', 'x').replace('replicas: 0', 'replicas: many'),
    /:12:3: spec\.replicas: .*"many".*must be an integer/,
  ],
  [
    'a bad quantity is told',
    pod('x', `${image}\nresources:\n  limits:\n    memory: 12Gb`),
    /spec\.containers\[0\]\.resources\.limits.*12Gb/,
  ],
  ['a bad name is told', configMap('Not_a_name'), /:10:3: metadata\.name: .*Not_a_name/],
  ['a selector that does not match its template is told', deployment('x', 'a', 'b'), /selector.*does not match/],
  [
    'two objects of one name in one file are told',
    configMap('good'),
    /:10:3: configmap\/good is defined twice; first at <stdin>:4/,
  ],
];
for (const [title, bad, ...says] of manifests)
  test(`${title}, and nothing of its file is written`, async (t) => {
    const good = `${configMap('good')}\n---\n`;
    refusedBy(t, await cluster.bramble(['apply', '-f', '-'], good + bad), 2, ...says);
    refusedBy(t, await cluster.bramble(['get', 'configmap', 'good']), 4, /configmaps "good" not found/);
  });

test('a namespace that does not exist is told', async (t) => {
  const ran = await cluster.bramble(['apply', '-n', 'nowhere', '-f', '-'], configMap('x'));
  refusedBy(t, ran, 4, /namespaces "nowhere" not found/);
});

test('an immutable field that is changed is told', async (t) => {
  t.is((await cluster.bramble(['apply', '-f', '-'], deployment('fixed', 'a'))).code, 0);
  const ran = await cluster.bramble(['apply', '-f', '-'], deployment('fixed', 'b'));
  refusedBy(t, ran, 1, /\(Invalid\).*spec\.selector.*immutable/s);
});

test('a stale resourceVersion is a conflict', async (t) => {
  t.is((await cluster.bramble(['apply', '-f', '-'], configMap('versioned', 'data: {a: "1"}\n'))).code, 0);
  const stale = configMap('versioned', '  resourceVersion: "1"\ndata: {a: "2"}\n');
  refusedBy(t, await cluster.bramble(['apply', '-f', '-'], stale), 1, /\(Conflict\).*has been modified/s);
  const { stdout } = await cluster.bramble(['get', 'configmap', 'versioned', '-o', 'jsonpath={.data.a}']);
  t.is(stdout, '1');
});

test('an object over the size limit is told with both sizes, by the client and by the master', async (t) => {
  const config = await cluster.bramble(
    ['create', '-f', '-'],
    configMap('big', `data: {a: ${'x'.repeat(1_100_000)}}\n`),
  );
  refusedBy(t, config, 2, /11\d{5}|1048576/);
  const args = (size: number): string => `          args: [${'x'.repeat(size)}]\n`;
  const sizes = /has (\d+) bytes, the limit is (\d+) bytes/;
  // The first is over the master's limit only, the second over what nats-server carries.
  for (const size of [1_700_000, 9_000_000]) {
    const ran = await cluster.bramble(['create', '-f', '-'], deployment('big', 'a', 'a', args(size)));
    refusedBy(t, ran, 1, /RequestEntityTooLarge/, sizes);
    const [, found, limit] = sizes.exec(ran.stderr) ?? [];
    t.true(Number(found) > size && Number(limit) < Number(found), ran.stderr);
  }
});

/** Waits until the status of a pod's only container says so; the client watches. */
async function waits(t: ExecutionContext, name: string, path: string, value: string): Promise<void> {
  const ran = await cluster.bramble(['wait', `pod/${name}`, `--for=jsonpath=${path}=${value}`, '--timeout=90s']);
  t.is(ran.code, 0, `${ran.stderr}${(await cluster.bramble(['get', 'pod', name, '-o', 'yaml'])).stdout}`);
}
const inStatus = async (name: string, path: string): Promise<string> =>
  (await cluster.bramble(['get', 'pod', name, '-o', `jsonpath={.status.containerStatuses[0].${path}}`])).stdout;

test('an image that does not exist is ErrImagePull, then ImagePullBackOff, with the reason', async (t) => {
  t.teardown(async () => void (await cluster.bramble(['delete', 'pod', 'no-image', '--now'])));
  t.is((await cluster.bramble(['apply', '-f', '-'], pod('no-image', 'image: 127.0.0.1:9/none:1'))).code, 0);
  const reason = '{.status.containerStatuses[0].state.waiting.reason}';
  await waits(t, 'no-image', reason, 'ErrImagePull');
  t.regex(await inStatus('no-image', 'state.waiting.message'), /127\.0\.0\.1:9.*connection refused/s);
  await waits(t, 'no-image', reason, 'ImagePullBackOff');
  t.regex(await inStatus('no-image', 'state.waiting.message'), /127\.0\.0\.1:9\/none:1/);
  const table = await cluster.bramble(['get', 'pod', 'no-image']);
  t.regex(table.stdout, /no-image +0\/1 +(ErrImagePull|ImagePullBackOff)/);
  const described = await cluster.bramble(['describe', 'pod', 'no-image']);
  t.regex(described.stdout, /Events:[\s\S]*Failed.*127\.0\.0\.1:9/);
});

test("a command that does not exist is told with the runtime's message", async (t) => {
  t.teardown(async () => void (await cluster.bramble(['delete', 'pod', 'no-command', '--now'])));
  const manifest = pod('no-command', `${image}\ncommand: [/no/such/program]`).replace(
    'spec:',
    'spec:\n  restartPolicy: Never',
  );
  t.is((await cluster.bramble(['apply', '-f', '-'], manifest)).code, 0);
  await waits(t, 'no-command', '{.status.phase}', 'Failed');
  const words = /\/no\/such\/program.*no such file/s;
  const deadline = performance.now() + 20_000;
  let told = '';
  while (!words.test(told) && performance.now() < deadline) {
    told = (await cluster.bramble(['get', 'pod', 'no-command', '-o', 'jsonpath={.status.containerStatuses}'])).stdout;
  }
  t.regex(told, words);
});

function folder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-bad-input-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('a nats-server that is too old is refused with its version', async (t) => {
  const dir = folder(t);
  const binary = join(dir, 'nats-server');
  writeFileSync(binary, '#!/bin/sh\necho "nats-server: v2.9.10"\n', { mode: 0o755 });
  const where = [`--data-dir=${join(dir, 'data')}`, `--run-dir=${join(dir, 'run')}`, '--nats-port=0'];
  const ran = await runBramble(['master', `--nats-binary=${binary}`, ...where]);
  refusedBy(t, ran, 2, /2\.9\.10: nats-server 2\.10\.0 or newer is needed/);
});

test.serial('without NATS, with one that is silent, and without a master, that is told within 5 s', async (t) => {
  const nobody = await startNatsServer({ jetstream: false });
  t.teardown(() => nobody.stop());
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const [server, says] of [
    ['nats://127.0.0.1:1', /cannot be reached/],
    [`nats://127.0.0.1:${port}`, /does not answer/],
    [nobody.url, /NATS at .* answers, but no master does/],
  ] as const) {
    const start = performance.now();
    const ran = await runBramble(['get', 'pods', `--server=${server}`], { BRAMBLE_CONFIG: '/nowhere/config.yaml' });
    t.true(performance.now() - start < 5_000, server);
    refusedBy(t, ran, 3, says, /Check:/, /bramble up/);
  }
});

/** Starts the agent of another device, whose runtime is at the socket. */
function startAgent(t: ExecutionContext, node: string, dir: string, socket: string): ChildProcess {
  const agent = spawn(
    process.execPath,
    [
      program,
      'agent',
      `--node=${node}`,
      `--server=${cluster.url}`,
      `--runtime-endpoint=unix://${socket}`,
      `--data-dir=${join(dir, 'data')}`,
      `--run-dir=${join(dir, 'run')}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  t.teardown(async () => {
    if (agent.exitCode === null && agent.signalCode === null) {
      agent.kill('SIGTERM');
      await once(agent, 'exit');
    }
    await cluster.bramble(['delete', 'node', node]);
  });
  return agent;
}

/** Waits until the node is there and its Ready condition has the value, and gives its description. */
async function nodeIs(t: ExecutionContext, node: string, value: string): Promise<string> {
  const watcher = spawn(
    process.execPath,
    [program, 'get', 'nodes', '-w', '-o', `jsonpath={.metadata.name}={.status.conditions[?(@.type=="Ready")].status};`],
    { env: { ...process.env, BRAMBLE_SERVER: cluster.url, BRAMBLE_CONFIG: '/nowhere/config.yaml' }, stdio: 'pipe' },
  );
  const limit = AbortSignal.timeout(60_000);
  const end = (): void => void watcher.kill('SIGINT');
  limit.addEventListener('abort', end);
  let seen = '';
  for await (const text of watcher.stdout.setEncoding('utf8')) {
    seen += text;
    if (seen.includes(`${node}=${value};`)) break;
  }
  end();
  t.true(seen.includes(`${node}=${value};`), `${node} is not ${value}: ${seen}`);
  const { stdout } = await cluster.bramble(['describe', 'node', node]);
  t.notRegex(stdout, stack);
  return stdout;
}

const runtimeSocket = (): string => join(cluster.dir, 'run', 'containerd', 'containerd.sock');

test('a containerd that is not there is the reason why its node is NotReady, until it appears', async (t) => {
  const dir = folder(t);
  const socket = join(dir, 'none.sock');
  startAgent(t, 'node-2', dir, socket);
  t.regex(
    await nodeIs(t, 'node-2', 'False'),
    /Ready +False .*ContainerRuntimeNotReady +no runtime answers on .*none\.sock/,
  );
  t.regex((await cluster.bramble(['get', 'node', 'node-2'])).stdout, /node-2 +NotReady/);
  symlinkSync(runtimeSocket(), socket);
  t.regex(await nodeIs(t, 'node-2', 'True'), /Ready +True .*AgentReady/);
});

test('a runtime that speaks no CRI v1 is the reason why its node is NotReady, until one does', async (t) => {
  const dir = folder(t);
  const socket = join(dir, 'other.sock');
  const server = new Server();
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  t.teardown(() => server.forceShutdown());
  startAgent(t, 'node-3', dir, socket);
  t.regex(await nodeIs(t, 'node-3', 'False'), /Ready +False .*ContainerRuntimeNotReady .*runtime\.v1/);
  server.forceShutdown();
  rmSync(socket, { force: true });
  symlinkSync(runtimeSocket(), socket);
  t.regex(await nodeIs(t, 'node-3', 'True'), /Ready +True .*AgentReady/);
});
