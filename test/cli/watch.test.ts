import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);

const configMap = (name: string, app: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels: { app } },
  data,
});
const key = (name: string) => ({ resource: 'configmaps', namespace: 'default', name });

test('get -w shows what is there, then each change in the same columns, and Ctrl-C ends it with 130', async (t) => {
  await rig.master.api.create('configmaps', configMap('a-rather-long-name', 'watched'));
  const watch = rig.client.start(['get', 'configmaps', '-w', '-l', 'app=watched']);
  await watch.said(/a-rather-long-name/);
  await rig.master.api.create('configmaps', configMap('second', 'watched', { k: 'v' }));
  await rig.master.api.create('configmaps', configMap('hidden', 'other'));
  await watch.said(/second/);
  await rig.master.api.patch(key('second'), 'merge', { data: { l: 'w' } });
  await watch.said(/second {15}2 /);
  const { code, stdout, stderr } = await watch.interrupt();
  t.is(code, codes.interrupted);
  t.is(stderr, '');
  t.regex(
    stdout,
    /^NAME {17}DATA {3}AGE\na-rather-long-name {3}0 {6}\d+s\nsecond {15}1 {6}\d+s\nsecond {15}2 {6}\d+s\n$/,
  );
});

test('get -w of one object in a format shows only it, each time as a whole', async (t) => {
  await rig.master.api.create('configmaps', configMap('one', 'x', { k: '1' }));
  await rig.master.api.create('configmaps', configMap('two', 'x'));
  const watch = rig.client.start(['get', 'configmap', 'one', '--watch-only', '-o', 'jsonpath={.data.k};']);
  const all = rig.client.start(['get', 'configmap', 'one', '-w', '-o', 'jsonpath={.data.k};']);
  await all.said(/1;/);
  await rig.master.api.patch(key('two'), 'merge', { data: { k: '9' } });
  await rig.master.api.patch(key('one'), 'merge', { data: { k: '2' } });
  await Promise.all([watch.said(/2;/), all.said(/2;/)]);
  t.is((await all.interrupt()).stdout, '1;2;');
  t.regex((await watch.interrupt()).stdout, /2;$/);
});

const event = (name: string, about: string, type: string, lastTimestamp: string, count = 1) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default' },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', name: about, namespace: 'default' },
  type,
  reason: 'Because',
  message: `about ${about}\n`,
  source: { component: 'scheduler' },
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp,
  count,
});

test('events are told oldest first, of one object or type, and -w goes on with new ones', async (t) => {
  await rig.master.api.create('events', event('late', 'told', 'Warning', '2026-01-01T00:00:09Z', 3));
  await rig.master.api.create('events', event('early', 'told', 'Normal', '2026-01-01T00:00:01Z'));
  await rig.master.api.create('events', event('else', 'other', 'Normal', '2026-01-01T00:00:05Z'));
  const told = await rig.client.run(['events', '--for', 'pod/told']);
  const reasons = told.stdout.split('\n').map((line) => line.replace(/^\S+( \(x3 over \S+\))?/, '').trim());
  t.deepEqual(reasons, [
    reasons[0] ?? '',
    'Normal    Because   pod/told   about told',
    'Warning   Because   pod/told   about told',
    '',
  ]);
  t.regex(told.stdout, /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
  t.regex(told.stdout, /\(x3 over /);
  const warnings = await rig.client.run(['events', '--types=Warning', '-o', 'name']);
  t.is(warnings.stdout, 'event/late\n');
  const watch = rig.client.start(['events', '--for', 'pod/told', '-w', '--no-headers']);
  await watch.said(/Warning/);
  await rig.master.api.create('events', event('now', 'told', 'Normal', '2026-01-01T00:01:00Z'));
  await watch.said(/Warning[^\n]*\n[^\n]*Normal/);
  t.is((await watch.interrupt()).code, codes.interrupted);
});

function spawnWatch(t: ExecutionContext): ChildProcess & { readonly stdout: NonNullable<ChildProcess['stdout']> } {
  const env = { ...process.env, BRAMBLE_SERVER: rig.master.url, BRAMBLE_CONFIG: '/nowhere/config.yaml' };
  const args = ['--import=tsx', 'src/main.ts', 'get', 'configmaps', '-w', '-o', 'name'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => void child.kill('SIGKILL'));
  return child;
}

test('events of one second are told in the order in which they were written', async (t) => {
  for (const name of ['z', 'y', 'x'])
    await rig.master.api.create('events', event(name, 'quick', 'Normal', '2026-01-01T00:00:01Z'));
  const { stdout } = await rig.client.run(['events', '--for', 'pod/quick', '-o', 'name']);
  t.is(stdout, 'event/z\nevent/y\nevent/x\n');
});

test('SIGINT ends the process of a watch with 130', async (t) => {
  await rig.master.api.create('configmaps', configMap('seen', 'process'));
  const child = spawnWatch(t);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  t.deepEqual(await once(child, 'exit'), [codes.interrupted, null]);
});

test('a reader that goes away, as head does, ends the process with 141', async (t) => {
  await rig.master.api.create('configmaps', configMap('read', 'process'));
  const child = spawnWatch(t);
  await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  await rig.master.api.create('configmaps', configMap('unread', 'process'));
  t.deepEqual(await exited, [codes.brokenPipe, null]);
});
