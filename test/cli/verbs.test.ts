import test from 'ava';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {app: ${name}}}\ndata: {key: "${value}"}\n`;
const deployment = (name: string, app = name): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  selector: {matchLabels: {app: ${app}}}\n  template:\n    metadata: {labels: {app: ${app}}}\n    spec: {containers: [{name: a, image: b}]}\n`;

test('apply creates, leaves unchanged, configures, and removes what the file no longer says', async (t) => {
  const apply = async (text: string) => await rig.client.run(['apply', '-f', '-'], text);
  t.is((await apply(configMap('one', 'a'))).stdout, 'configmap/one created\n');
  t.is((await apply(configMap('one', 'a'))).stdout, 'configmap/one unchanged\n');
  const other = configMap('one', 'a').replace('key:', 'other:');
  t.is((await apply(other)).stdout, 'configmap/one configured\n');
  t.is((await rig.client.run(['get', 'cm/one', '-o', 'jsonpath={.data}'])).stdout, '{"other":"a"}');
});

test('get prints tables, names and data, and tells what is missing', async (t) => {
  await rig.client.run(['apply', '-f', '-'], configMap('two', 'a'));
  const table = await rig.client.run(['get', 'configmaps', '-l', 'app=two']);
  t.regex(table.stdout, /^NAME {3}DATA {3}AGE\ntwo {4}1 {6}\d+s\n$/);
  t.is((await rig.client.run(['get', 'cm', '-l', 'app=two', '-o', 'name'])).stdout, 'configmap/two\n');
  const missing = await rig.client.run(['get', 'pod', 'nobody']);
  t.is(missing.code, codes.notFound);
  t.regex(missing.stderr, /pods "nobody" not found/);
  const none = await rig.client.run(['get', 'secrets']);
  t.is(none.code, codes.ok);
  t.is(none.stderr, 'No resources found in default namespace.\n');
});

test('the master refuses with its reason: namespace, immutable field, old version, size', async (t) => {
  const nowhere = await rig.client.run(['apply', '-n', 'nowhere', '-f', '-'], configMap('x', 'a'));
  t.regex(nowhere.stderr, /namespaces "nowhere" not found/);
  await rig.client.run(['apply', '-f', '-'], deployment('web'));
  const immutable = await rig.client.run(['apply', '-f', '-'], deployment('web', 'other'));
  t.is(immutable.code, codes.failed);
  t.regex(immutable.stderr, /Invalid.*spec\.selector.*immutable/s);
  await rig.client.run(['apply', '-f', '-'], configMap('old', 'a'));
  const stale = configMap('old', 'b').replace('{name: old', '{resourceVersion: "1", name: old');
  const conflict = await rig.client.run(['apply', '-f', '-'], stale);
  t.is(conflict.code, codes.failed);
  t.regex(conflict.stderr, /Conflict.*modified/s);
  const large = await rig.client.run(
    ['create', '-f', '-'],
    deployment('large').replace('image: b', `image: b, args: [${'x'.repeat(2_000_000)}]`),
  );
  t.is(large.code, codes.failed);
  t.regex(large.stderr, /has \d+ bytes, the limit is \d+ bytes/);
});

test('delete waits until the object is gone, and forgives what does not exist when told to', async (t) => {
  await rig.client.run(['apply', '-f', '-'], configMap('gone', 'a'));
  t.is((await rig.client.run(['delete', 'cm', 'gone'])).stdout, 'configmap "gone" deleted\n');
  t.is((await rig.client.run(['delete', 'cm', 'gone'])).code, codes.notFound);
  t.is((await rig.client.run(['delete', 'cm', 'gone', '--ignore-not-found'])).code, codes.ok);
});

test('scale, describe and wait work on what is there, and wait ends with 124 at its limit', async (t) => {
  await rig.client.run(['apply', '-f', '-'], deployment('sized'));
  t.is((await rig.client.run(['scale', 'deploy/sized', '--replicas=3'])).stdout, 'deployment.apps/sized scaled\n');
  t.regex(
    (await rig.client.run(['describe', 'deploy', 'sized'])).stdout,
    /^Name: +sized\n[\s\S]*Replicas: +3 desired \| 0 updated[\s\S]*Events: +<none>\n$/,
  );
  t.is((await rig.client.run(['wait', 'deploy/sized', '--for=jsonpath={.spec.replicas}=3'])).code, codes.ok);
  t.is(
    (await rig.client.run(['wait', 'deploy/sized', '--for=condition=Available', '--timeout=200ms'])).code,
    codes.timedOut,
  );
});

test('patch changes fields, says when nothing changed, and reaches the parts of a pod', async (t) => {
  await rig.client.run(['apply', '-f', '-'], configMap('patched', 'a'));
  const patch = async (...args: string[]) => await rig.client.run(['patch', ...args]);
  t.is((await patch('cm/patched', '-p', '{"data":{"key":"b"}}')).stdout, 'configmap/patched patched\n');
  t.is((await patch('cm/patched', '-p', 'data: {key: b}')).stdout, 'configmap/patched patched (no change)\n');
  const dry = await patch('cm/patched', '-p', '{"data":{"key":"dry"}}', '--dry-run=server');
  t.is(dry.stdout, 'configmap/patched patched (server dry run)\n', dry.stderr);
  const here = await patch('cm/patched', '-p', '{"data":{"key":"dry"}}', '--dry-run', '-o', 'jsonpath={.data}');
  t.is(here.stdout, '{"key":"dry"}');
  const file = await rig.client.file('patch.yaml', 'data: {other: c}');
  t.is(
    (await patch('cm', 'patched', '--patch-file', file, '-o', 'jsonpath={.data}')).stdout,
    '{"key":"b","other":"c"}',
  );
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: sized}\nspec: {containers: [{name: a, image: b, resources: {limits: {cpu: "1"}}}]}\n';
  await rig.client.run(['apply', '-f', '-'], pod);
  const more = '{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"2"}}}]}}';
  t.regex((await patch('pod/sized', '-p', more)).stderr, /pod updates may not change fields other than/);
  t.is((await patch('pod/sized', '--subresource', 'resize', '-p', more)).stdout, 'pod/sized patched\n');
  const gate = '{"status":{"conditions":[{"type":"example.com/gate","status":"True"}]}}';
  t.is((await patch('pod/sized', '--subresource=status', '-p', gate)).stdout, 'pod/sized patched\n');
  t.regex(
    (await rig.client.run(['get', 'pod/sized', '-o', 'jsonpath={.status.conditions[*].type}'])).stdout,
    /example.com.gate/,
  );
});

test('a patch that is none is refused before anything is sent', async (t) => {
  const patch = async (...args: string[]) => await rig.client.run(['patch', 'cm/x', ...args]);
  for (const args of [
    [],
    ['-p', '{}', '--patch-file', 'x'],
    ['-p', '['],
    ['-p', '7'],
    ['-p', 'a: 1\n---\nb: 2'],
    ['--patch-file', '/no/such'],
    ['-p', '{}', '--type=json'],
  ])
    t.is((await patch(...args)).code, codes.usage, args.join(' '));
});

test('only --force takes the time to end away, and warns', async (t) => {
  await rig.client.run(['apply', '-f', '-'], configMap('forced', 'a'));
  const forced = await rig.client.run(['delete', 'cm/forced', '--grace-period=0', '--force']);
  t.is(forced.stdout, 'configmap "forced" force deleted\n');
  t.regex(forced.stderr, /^Warning: Immediate deletion does not wait for confirmation/);
  t.is((await rig.client.run(['delete', 'cm/x', '--force', '--grace-period=5'])).code, codes.usage);
  t.is((await rig.client.run(['delete', 'cm/x', '--now', '--grace-period=5'])).code, codes.usage);
});
