import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createLocalServer } from '../../src/agent/io/sources/local-server.ts';
import { type LocalHandlers, LocalRefusal } from '../../src/agent/ports/local-server.ts';
import { silentLogger } from '../../src/common/actor/silent-logger.ts';
import type { LocalPod, StatusAnswer } from '../../src/common/wire/local-protocol.ts';
import { StreamError } from '../../src/common/wire/stream.ts';
import { until } from '../support/eventually.ts';
import { aPod } from '../support/pod-builder.ts';
import { podUsing, sweepAt } from '../support/sweep-builder.ts';
import { type Client, codes, createClient } from './run-client.ts';

let client: Client;
let stop = (): void => {};
/** What the agent is asked, newest last. */
const asked: unknown[] = [];
let items: LocalPod[] = [];

const status: StatusAnswer = {
  node: 'pi-7',
  version: '0.1.0',
  bootID: 'boot',
  runtime: 'containerd://1.7.2',
  master: { answers: false, since: '2026-01-01T00:00:00Z' },
  conditions: [{ type: 'StaticPodsReady', status: 'False', reason: 'InvalidManifests', message: 'bad.yaml:1:1: no' }],
  pods: { master: { Running: 2 }, file: { Running: 1, Pending: 1 } },
  restarts: 3,
  problems: { file: ['bad.yaml:1:1: no'] },
};
const handlers: LocalHandlers = {
  status: async () => status,
  pods: async () => ({ items }),
  top: async () => ({ node: 'pi-7', sample: sweepAt(1, [podUsing('pump', { milli: 5 }), podUsing('web')]) }),
  apply: async (request) => {
    asked.push(request);
    if (request.files[0]?.text === 'bad') throw new LocalRefusal('invalid', 'x.yaml:1:1: no pod');
    return { pods: [{ namespace: 'default', name: 'web-pi-7', what: 'created' }] };
  },
  delete: async (request) => {
    asked.push(request);
    if (request.pods[0]?.name === 'none')
      throw new LocalRefusal('not-found', 'no pod "none" was applied on this device');
    return { pods: [{ namespace: 'default', name: 'web-pi-7', uid: 'local-1' }] };
  },
};

function shown(source: string, name: string, shadowedBy?: string): LocalPod {
  const pod = aPod(name);
  const object = { ...pod, spec: { ...pod.spec, nodeName: 'pi-7' }, status: { phase: 'Running' } };
  return { source, pod: object as never, ...(shadowedBy === undefined ? {} : { shadowedBy }) };
}

test.before(async () => {
  client = await createClient();
  const server = createLocalServer(client.dir, silentLogger);
  stop = server.serve(handlers);
  server.streams.serve('logs', 1, async (request, end) => {
    asked.push(request);
    await end.write(Buffer.from('a line\n'));
    if ((request as { previous?: boolean }).previous) throw new StreamError('lost', 'the log is gone');
  });
  await until('the socket is there', async () => existsSync(join(client.dir, 'agent.sock')));
});
test.after.always(async () => {
  stop();
  await client.remove();
});

test.serial('status is one page for people, and data for programs', async (t) => {
  const { stdout, code } = await client.run(['agent', 'status']);
  t.is(code, codes.ok);
  for (const line of [
    /^Node: +pi-7$/m,
    /^Master: +does not answer since 2026-01-01T00:00:00Z \(.+ ago\); pods run on without it$/m,
    /StaticPodsReady=False InvalidManifests: bad\.yaml:1:1: no$/m,
    /^Pods: +master: 2 Running\n +file: 1 Running, 1 Pending$/m,
    /^Problems: +file: bad\.yaml:1:1: no$/m,
  ])
    t.regex(stdout, line);
  t.deepEqual(JSON.parse((await client.run(['agent', 'status', '-o', 'json'])).stdout), status);
  t.is((await client.run(['agent', 'status', '-o', 'xml'])).code, codes.usage);
});

test.serial('pods are listed with their source, also as wide table, names and JSON', async (t) => {
  items = [shown('file', 'web-pi-7'), shown('master', 'remote'), shown('local', 'remote', 'master')];
  const { stdout } = await client.run(['agent', 'pods']);
  t.regex(stdout, /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE +SOURCE\ndefault +web-pi-7 .* file\n/);
  t.regex(stdout, /^default +remote .* Shadowed .* local \(master runs\)$/m);
  t.is((await client.run(['agent', 'pods', '-o', 'name'])).stdout, 'pod/web-pi-7\npod/remote\npod/remote\n');
  t.is(JSON.parse((await client.run(['agent', 'pods', '-o', 'json'])).stdout).items.length, 3);
  t.regex(
    (await client.run(['agent', 'pods', '-n', 'elsewhere'])).stderr,
    /No pods in namespace elsewhere on this device/,
  );
});

test.serial('logs find a pod by its name in the manifest, and tell why they end early', async (t) => {
  items = [shown('file', 'web-pi-7')];
  const { stdout, code } = await client.run(['agent', 'logs', 'web', '--tail=5']);
  t.deepEqual([stdout, code], ['a line\n', codes.ok]);
  t.like(asked.at(-1), { pod: 'web-pi-7', namespace: 'default', tailLines: 5 });
  const broken = await client.run(['agent', 'logs', 'web', '-p']);
  t.deepEqual([broken.stdout, broken.stderr, broken.code], ['a line\n', 'error: the log is gone\n', codes.failed]);
  t.is((await client.run(['agent', 'logs', 'none'])).code, codes.notFound);
});

test.serial('apply and delete say what became of each pod, and end with the codes of refusals', async (t) => {
  items = [];
  const file = await client.file('web.yaml', 'kind: Pod');
  t.is((await client.run(['agent', 'apply', '-f', file, '-n', 'farm'])).stdout, 'pod/web-pi-7 created\n');
  t.deepEqual(asked.at(-1), { files: [{ name: file, text: 'kind: Pod' }], namespace: 'farm' });
  const bad = await client.run(['agent', 'apply', '-f', '-'], 'bad');
  t.deepEqual([bad.stderr, bad.code], ['error: x.yaml:1:1: no pod\n', codes.usage]);
  t.is((await client.run(['agent', 'delete', 'pod/web'])).stdout, 'pod "web-pi-7" deleted\n');
  t.like(asked.at(-1), { pods: [{ namespace: 'default', name: 'web' }] });
  t.is((await client.run(['agent', 'delete', 'none'])).code, codes.notFound);
  t.regex((await client.run(['agent', 'delete', 'deploy', 'web'])).stderr, /an agent knows pods only/);
  t.is((await client.run(['agent', 'delete'])).code, codes.usage);
});

test.serial('a deletion is waited for, up to its limit', async (t) => {
  const going = shown('local', 'web-pi-7');
  items = [{ ...going, pod: { ...going.pod, metadata: { ...going.pod.metadata, uid: 'local-1' } } }];
  const late = await client.run(['agent', 'delete', 'web', '--timeout=1s']);
  t.is(late.code, codes.timedOut);
  t.is((await client.run(['agent', 'delete', 'web', '--wait=false'])).code, codes.ok);
});

test.serial('without an agent it says what to check', async (t) => {
  const { stderr, code } = await client.run(['agent', 'pods', '--socket', '/nowhere/agent.sock']);
  t.is(code, codes.unreachable);
  t.regex(stderr, /no agent answers at \/nowhere\/agent\.sock[\s\S]*systemctl status bramble-agent/);
});

test("agent top shows what this device's pods use, as top pods does", async (t) => {
  const ran = await client.run(['agent', 'top', '--sort-by', 'cpu']);
  t.is(ran.code, codes.ok, ran.stderr);
  t.is(
    ran.stdout,
    'NAMESPACE   NAME   CPU(cores)   MEMORY(bytes)\ndefault     web    100m         20Mi\ndefault     pump   5m           20Mi\n',
  );
  const each = await client.run(['agent', 'top', '--containers', '-n', 'default', '-o', 'json']);
  t.is((JSON.parse(each.stdout) as { items: unknown[] }).items.length, 3);
  t.is((await client.run(['agent', 'top', '-n', 'none'])).stderr, 'No pods in namespace none on this device.\n');
});
