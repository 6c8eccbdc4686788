import test from 'ava';
import { type Client, codes, createClient } from './run-client.ts';

// Nobody listens at the client's address: whatever is refused here was refused before anything was sent.
let client: Client;
test.before(async () => {
  client = await createClient();
});
test.after.always(async () => await client.remove());

const pod = (spec: string, name = 'web'): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n${spec.replaceAll(/^/gm, '  ')}\n`;
const good = pod('containers:\n  - name: a\n    image: busybox');

const refused: readonly (readonly [title: string, manifest: string | Uint8Array, ...says: RegExp[]])[] = [
  [
    'broken YAML is told with line, column and the line itself',
    'a: 1\nb: [1, 2\nc: 3\n',
    /<stdin>:\d+:\d+: YAML: /,
    /\^/,
  ],
  [
    'an unknown kind is told with the nearest known one',
    good.replace('kind: Pod', 'kind: Pdo'),
    /<stdin>:2:1: .*"Pdo".*did you mean Pod/s,
  ],
  ['an unknown apiVersion is told with the right one', good.replace('v1', 'v1beta7'), /<stdin>:1:1: .*Pod is in v1/s],
  [
    'an unknown field is told with its path, line and the nearest one',
    good.replace('image:', 'imag:'),
    /<stdin>:8:7: spec\.containers\[0\]\.imag: .*did you mean "image"/s,
  ],
  [
    'a wrong type is told with what is accepted',
    good.replace('busybox', '7'),
    /spec\.containers\[0\]\.image.*must be a string/s,
  ],
  [
    'a bad quantity is told',
    pod('containers:\n  - name: a\n    image: b\n    resources:\n      limits:\n        memory: 12Gb'),
    /limits.*memory.*12Gb/s,
  ],
  ['a bad name is told', good.replace('web', 'Web_1'), /<stdin>:4:3: metadata\.name/],
  [
    'a selector that does not match its template is told',
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: b}}\n    spec: {containers: [{name: a, image: b}]}\n`,
    /selector.*does not match/s,
  ],
  ['two objects of one name are told', `${good}---\n${good}`, /pod\/web is defined twice; first at <stdin>:4/],
  [
    'an alias bomb is refused',
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    /alias/i,
  ],
  ['what is not UTF-8 is refused', new Uint8Array([0x61, 0xff, 0xfe]), /not UTF-8/],
  ['text that is no object is refused', 'just words\n', /an object with apiVersion, kind and metadata/],
  ['an empty input is refused', '# nothing\n', /no objects/],
];

for (const [title, manifest, ...says] of refused)
  test(title, async (t) => {
    for (const args of [
      ['apply', '-f', '-'],
      ['create', '-f', '-'],
      ['apply', '-f', '-', '--dry-run=client'],
    ]) {
      const { code, stdout, stderr } = await client.run(args, manifest);
      t.is(code, codes.usage, stderr);
      t.is(stdout, '');
      for (const pattern of says) t.regex(stderr, pattern);
      t.notRegex(stderr, /\n\s+at .*\.[jt]s:/);
    }
  });

test('every problem of every document is told at once, and nothing is sent', async (t) => {
  const path = await client.file(
    'two.yaml',
    `${good.replace('image:', 'imag:')}---\n${good.replace('kind: Pod', 'kind: Pdo')}`,
  );
  const { code, stderr } = await client.run(['apply', '-f', path]);
  t.is(code, codes.usage);
  t.regex(stderr, /problems, nothing was changed/);
  t.regex(stderr, /two\.yaml:8:7: spec\.containers\[0\]\.imag/);
  t.regex(stderr, /two\.yaml:11:1: /);
});

test('a file above the limit is refused before it is read whole', async (t) => {
  const path = await client.file('big.yaml', new Uint8Array(17 * 1024 * 1024));
  const { code, stderr } = await client.run(['apply', '-f', path]);
  t.is(code, codes.usage);
  t.regex(stderr, /big\.yaml: larger than the 16777216 bytes/);
});

test('a file that is not there is told', async (t) => {
  const { code, stderr } = await client.run(['apply', '-f', '/no/such/file.yaml']);
  t.is(code, codes.usage);
  t.regex(stderr, /"\/no\/such\/file\.yaml" does not exist/);
});

test('an unknown verb, flag, resource and format are told with the nearest known one', async (t) => {
  for (const [args, says] of [
    [['aply'], /Did you mean apply/],
    [['get', 'pods', '--outptu', 'json'], /Did you mean --output/],
    [['get', 'pdos'], /did you mean "pod/],
    [['get', 'pods', '-o', 'jsn'], /did you mean "json"/],
    [['get', 'pods', '-o', 'jsonpath={.a'], /no closing \}/],
    [['wait', 'pod/a', '--for=redy'], /known are delete/],
    [['scale', 'deploy/a', '--replicas=x'], /whole number/],
  ] as const) {
    const { code, stderr } = await client.run(args);
    t.is(code, codes.usage, args.join(' '));
    t.regex(stderr, says);
  }
});

test('a cluster that cannot be reached is told with what to check, within 5 s', async (t) => {
  const start = performance.now();
  const { code, stderr } = await client.run(['get', 'pods']);
  t.is(code, codes.unreachable);
  t.true(performance.now() - start < 5_000);
  for (const says of [/nats:\/\/127\.0\.0\.1:1/, /BRAMBLE_SERVER/, /bramble up/, /systemctl status bramble-master/])
    t.regex(stderr, says);
});

test('apply --dry-run=client needs no cluster, and reads lists, JSON and old octal modes', async (t) => {
  const list = JSON.stringify(
    { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }] },
    undefined,
    '\t',
  );
  const both = await client.run(['apply', '-f', '-', '--dry-run=client'], `${list}\n---\n${good}`);
  t.is(both.stdout, 'configmap/a created (dry run)\npod/web created (dry run)\n', both.stderr);
  const secret = pod(
    'containers: [{name: a, image: b}]\nvolumes:\n  - name: v\n    configMap: {name: c, defaultMode: 0644}',
  );
  const mode = await client.run(
    ['apply', '-f', '-', '--dry-run=client', '-o', 'jsonpath={.spec.volumes[0].configMap.defaultMode}'],
    secret,
  );
  t.is(mode.stdout, '420', mode.stderr);
});
