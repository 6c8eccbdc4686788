/** Static pods on a real runtime, as a field engineer meets them: files, a URL, the device's own socket, mirrors in the API. */

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type Cluster, type Ran, runBramble, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';

const dir = mkdtempSync(join(tmpdir(), 'bramble-static-'));
const manifests = join(dir, 'manifests');
let cluster: Cluster;

test.before(async () => {
  cluster = await startCluster(60, [`--static-pod-path=${manifests}`]);
});
test.after.always(async () => {
  await cluster?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const command = (words: string) => `["sh", "-c", "trap 'exit 0' TERM; echo ${words}; while true; do sleep 0.1; done"]`;
const manifest = (name: string, words = 'hello') => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  containers:
    - {name: main, image: 'bramble.local/busybox:1', command: ${command(words)}}
`;

/** Asks the agent on its own socket. */
const device = (args: readonly string[], input?: string) =>
  runBramble(['agent', ...args], { BRAMBLE_RUN_DIR: join(cluster.dir, 'run') }, input);

type Shown = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status?: { readonly phase?: string };
};
async function shown(ran: Promise<Ran>): Promise<readonly Shown[]> {
  const { code, stdout, stderr } = await ran;
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { items: Shown[] }).items;
}
const onDevice = () => shown(device(['pods', '-o', 'json']));
const inApi = () => shown(cluster.bramble(['get', 'pods', '-o', 'json']));
const running = (pods: readonly Shown[], name: string) =>
  pods.some(({ metadata, status }) => metadata.name === name && status?.phase === 'Running');
const there = (pods: readonly Shown[], name: string) => pods.some(({ metadata }) => metadata.name === name);

test.serial(
  'a file in a directory that is made later runs its pods, a bad file beside it is told, removal ends them',
  async (t) => {
    mkdirSync(manifests);
    writeFileSync(join(manifests, 'two.yaml'), `${manifest('one')}---\n${manifest('two')}`);
    writeFileSync(join(manifests, 'bad.yaml'), manifest('bad').replace('image:', 'imag:'));
    await until('both pods run', async () => {
      const pods = await onDevice();
      return running(pods, 'one-node-1') && running(pods, 'two-node-1');
    });
    await until('the mirrors are in the API', async () => running(await inApi(), 'two-node-1'));
    await until('the bad file is told', async () => {
      const { stdout } = await cluster.bramble(['describe', 'node', 'node-1']);
      return (
        /StaticPodsReady\s+False.*bad\.yaml:6:\d+: spec\.containers\[0\]\.imag/.test(stdout) &&
        /InvalidStaticPod/.test(stdout)
      );
    });
    const { stdout: wide } = await cluster.bramble(['get', 'nodes', '-o', 'wide']);
    t.regex(wide, / PROBLEMS\n[\s\S]* \S+bad\.yaml:6:\d+: spec\.containers\[0\]\.imag: unknown field/);
    t.regex(cluster.log(), /bad\.yaml:6:\d+: spec\.containers\[0\]\.imag: unknown field; did you mean \\"image\\"\?/);
    rmSync(join(manifests, 'bad.yaml'));
    rmSync(join(manifests, 'two.yaml'));
    await until('nothing is left', async () => (await onDevice()).length === 0 && (await inApi()).length === 0);
  },
);

test.serial('a mirror that is deleted comes back while its pod runs on, is not changed, and shows logs', async (t) => {
  writeFileSync(join(manifests, 'web.yaml'), manifest('web'));
  await until('the mirror runs', async () => running(await inApi(), 'web-node-1'));
  const [mirror] = await inApi();
  const [before] = await onDevice();
  const deleted = await cluster.bramble(['delete', 'pod', 'web-node-1', '--timeout=20s']);
  t.is(deleted.code, 0, deleted.stderr);
  await until('it is back', async () => running(await inApi(), 'web-node-1'));
  t.not((await inApi())[0]?.metadata.uid, mirror?.metadata.uid);
  t.is((await onDevice())[0]?.metadata.uid, before?.metadata.uid);
  const { stdout } = await cluster.bramble(['logs', 'web-node-1']);
  t.is(stdout, 'hello\n');
  const executed = await cluster.bramble(['exec', 'web-node-1', '--', 'echo', 'inside']);
  t.is(executed.stdout, 'inside\n', executed.stderr);
  const forged = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'forged', annotations: { 'kubernetes.io/config.mirror': 'x' } },
    spec: { nodeName: 'node-1', containers: [{ name: 'a', image: 'b' }] },
  });
  const refused = await cluster.bramble(['apply', '-f', '-'], forged);
  t.regex(refused.stderr, /only a device makes mirror pods/);
});

test.serial('a changed file makes its pod anew, also when it is a link that is swapped', async (t) => {
  const [before] = await onDevice();
  for (const version of ['a', 'b']) {
    mkdirSync(join(dir, version));
    writeFileSync(join(dir, version, 'web.yaml'), manifest('web', version));
  }
  symlinkSync('../a/web.yaml', join(manifests, '..new'));
  renameSync(join(manifests, '..new'), join(manifests, 'web.yaml'));
  const logOf = async () => (await device(['logs', 'web'])).stdout;
  await until('the pod is another', async () => (await logOf()) === 'a\n');
  symlinkSync('../b/web.yaml', join(manifests, '..new'));
  renameSync(join(manifests, '..new'), join(manifests, 'web.yaml'));
  await until('it is another again', async () => (await logOf()) === 'b\n');
  t.is((await onDevice()).filter(({ metadata }) => metadata.name === 'web-node-1').length, 1);
  t.not((await onDevice())[0]?.metadata.uid, before?.metadata.uid);
  await until('the mirror is the new one', async () => running(await inApi(), 'web-node-1'));
});

test.serial('a node that is deleted loses its mirrors, and gets them again when it is back', async (t) => {
  const [mirror] = await inApi();
  const [before] = await onDevice();
  t.is((await cluster.bramble(['delete', 'node', 'node-1'])).code, 0);
  await until('the mirror is another, of the new node', async () => {
    const pods = await inApi();
    return running(pods, 'web-node-1') && pods[0]?.metadata.uid !== mirror?.metadata.uid;
  });
  t.is((await onDevice())[0]?.metadata.uid, before?.metadata.uid);
});

test.serial('people on the device apply, look, read logs and delete over the socket', async (t) => {
  const applied = await device(['apply', '-f', '-'], manifest('pump', 'pumping'));
  t.is(applied.stdout, 'pod/pump-node-1 created\n', applied.stderr);
  await until('it runs', async () => running(await onDevice(), 'pump-node-1'));
  const table = await device(['pods']);
  t.regex(table.stdout, /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE +SOURCE$/m);
  t.regex(table.stdout, /^default +pump-node-1 +\d\/1 +Running +0 +\S+ +local$/m);
  await until('it has printed', async () => (await device(['logs', 'pump'])).stdout === 'pumping\n');
  const status = await device(['status']);
  t.regex(
    status.stdout,
    /Node: +node-1\n[\s\S]*Runtime: +containerd:\/\/[\s\S]*Master: +connected since [\s\S]*local: 1 Running/,
  );
  const bad = await device(['apply', '-f', '-'], manifest('pump').replace('image:', 'imag:'));
  t.is(bad.code, 2);
  t.regex(bad.stderr, /<stdin>:6:\d+: spec\.containers\[0\]\.imag: unknown field/);
  const gone = await device(['delete', 'pod', 'pump']);
  t.is(gone.stdout, 'pod "pump-node-1" deleted\n', gone.stderr);
  t.false(there(await onDevice(), 'pump-node-1'));
  t.is((await device(['delete', 'pod', 'pump'])).code, 4);
});

test.serial('without an agent the client says what to check', async (t) => {
  const { code, stderr } = await runBramble(['agent', 'status', '--socket', join(dir, 'none.sock')]);
  t.is(code, 3);
  t.regex(stderr, /no agent answers at .*none\.sock[\s\S]*systemctl status bramble-agent/);
});
