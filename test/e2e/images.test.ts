/** Images as people use them: private ones, ones that are brought by the client, and none to be had. Real containerd and registry. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { run } from '../../src/agent/io/run.ts';
import { dockerArchive, ociArchive } from '../support/archives.ts';
import { type Cluster, type Ran, startCluster } from '../support/cluster.ts';
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts';
import { until } from '../support/eventually.ts';
import { type Registry, startRegistry, USER } from '../support/registry.ts';

const dir = mkdtempSync(join(tmpdir(), 'bramble-images-'));
let cluster: Cluster;
let open: Registry;
let locked: Registry;
let proxy: CutProxy;

test.before(async () => {
  [open, locked] = await Promise.all([startRegistry({ login: false }), startRegistry({ login: true })]);
  proxy = await startCutProxy(open.host);
  cluster = await startCluster(58, [`--registry-mirrors=mirrored.invalid=http://${proxy.host}`]);
  await push(`${open.host}/tools/shared:1`, 1001);
  await push(`${open.host}/tools/mirrored:1`, 1002);
  await push(`${locked.host}/tools/private:1`, 1003, ['--user', `${USER.username}:${USER.password}`]);
});

test.after.always(async () => {
  await cluster?.stop();
  await Promise.all([proxy?.stop(), open?.stop(), locked?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

/** Beside what the agent sees, so that nothing of it is there when it is pulled. */
const ctr = (...args: readonly string[]) =>
  run('ctr', ['--address', join(cluster.dir, 'run/containerd/containerd.sock'), '--namespace', 'scratch', ...args]);

/** Pushes an image of its own under a name, and forgets it here. */
async function push(name: string, padding: number, more: readonly string[] = []): Promise<void> {
  await ctr('images', 'import', archive('push.tar', dockerArchive({ tag: name, padding })));
  await ctr('images', 'push', '--plain-http', ...more, name);
  await ctr('images', 'remove', '--sync', name);
}

const ok: Cluster['ok'] = (...call) => cluster.ok(...call);

const pod = (name: string, image: string, spec: object = {}, container: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image, command: ['sleep', '1000'], ...container }],
      ...spec,
    },
  });
const running = (name: string) =>
  ok(['wait', '--for=jsonpath={.status.phase}=Running', `pod/${name}`, '--timeout=30s']);
const waiting = (name: string, field: string) =>
  ok(['get', 'pod', name, '-o', `jsonpath={.status.containerStatuses[0].state.waiting.${field}}`]);
const events = (name: string) => ok(['events', '--for', `pod/${name}`]);

function archive(name: string, content: Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

function refused(ran: Ran, words: RegExp): void {
  if (ran.code === 0 || !words.test(ran.stderr)) throw new Error(`${ran.code}: ${ran.stdout}${ran.stderr}`);
}

test.serial('a private image runs with the right password, and without it the pod says why not', async (t) => {
  const image = `${locked.host}/tools/private:1`;
  const auth = (password: string) => Buffer.from(`${USER.username}:${password}`).toString('base64');
  const secret = (name: string, password: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [locked.host]: { auth: auth(password) } } }) },
    });
  await ok(['apply', '-f', '-'], secret('bad', 'open barley'));
  await ok(['apply', '-f', '-'], secret('good', USER.password));
  await ok(['apply', '-f', '-'], pod('wrong', image, { imagePullSecrets: [{ name: 'bad' }] }));
  await ok(
    ['apply', '-f', '-'],
    pod('missing', `${locked.host}/tools/none:1`, { imagePullSecrets: [{ name: 'good' }] }),
  );
  await ok(['apply', '-f', '-'], pod('right', image, { imagePullSecrets: [{ name: 'good' }] }));
  await running('right');
  const pulled =
    /Successfully pulled image ".*private:1" in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes\./;
  await until('the pull is told', async () => pulled.test(await events('right')));
  await until('the wrong password is told', async () => (await waiting('wrong', 'reason')) === 'ImagePullBackOff');
  t.regex(await waiting('wrong', 'message'), /Back-off pulling image .*ErrImagePull.*(401|authoriz)/i);
  await until('the missing image is told', async () => (await waiting('missing', 'reason')) === 'ImagePullBackOff');
  t.regex(await waiting('missing', 'message'), /none:1.*not found/);
  t.false((await events('wrong')).includes('open barley'));
  t.false(cluster.log().includes('open barley') || cluster.log().includes(USER.password));
  await ok(['delete', 'pod', 'wrong', 'missing', 'right']);
});

test.serial('an image comes from the mirror that is set for its registry', async (t) => {
  await ok(
    ['apply', '-f', '-'],
    pod('mirrored', 'mirrored.invalid/tools/mirrored:1', {}, { imagePullPolicy: 'Always' }),
  );
  await running('mirrored');
  await until('the pull is told', async () => /Successfully pulled image "mirrored/.test(await events('mirrored')));
  t.false(/RegistryUnreachable/.test(await events('mirrored')));
  await ok(['delete', 'pod', 'mirrored']);
});

test.serial('many pods of one image are one pull, which goes on after its connection was cut', async (t) => {
  const image = `${proxy.host}/tools/shared:1`;
  proxy.cutAfter(200_000);
  const template = JSON.parse(pod('many', image));
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'many' },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'many' } },
      template: { metadata: { labels: { app: 'many' } }, spec: template.spec },
    },
  };
  await ok(['apply', '-f', '-'], JSON.stringify(deployment));
  await until('the cut is told', async () => /pod\/many-\S+ +Failed to pull image/.test(await ok(['events'])));
  const before = proxy.bytes();
  proxy.mend();
  await ok(['rollout', 'status', 'deployment/many', '--timeout=60s']);
  let size = 0;
  await until('the pull is told', async () => {
    size = Number(/shared:1" in .*Image size: (\d+) bytes/.exec(await ok(['events']))?.[1] ?? 0);
    return size > 0;
  });
  t.true(size > 500_000 && proxy.bytes() > 0.9 * size, `${proxy.bytes()} bytes came in all`);
  t.true(proxy.bytes() - before < 1.5 * size, `${proxy.bytes() - before} bytes for an image of ${size}`);
  await ok(['delete', 'deployment', 'many']);
});

test.serial(
  'an image that the client brings runs where its registry can not be reached, also with Always',
  async (t) => {
    const name = 'registry.invalid:5000/shop/till:1';
    const path = archive('till.tar', dockerArchive({ tag: name }));
    const loaded = await cluster.bramble(['image', 'load', path, '--node', 'node-1']);
    t.is(loaded.code, 0, loaded.stderr);
    t.regex(loaded.stdout, /^node-1: loaded registry\.invalid:5000\/shop\/till:1 \(.* MiB\)\n$/);
    t.regex(loaded.stderr, /node-1: sending\nnode-1: importing\n/);
    await ok(['apply', '-f', '-'], pod('till', name, {}, { imagePullPolicy: 'Always' }));
    await running('till');
    await until('the event says so', async () =>
      /RegistryUnreachable .*the one that is present on this machine is used/.test(await events('till')),
    );
    const listed = await ok(['image', 'ls', '--node', 'node-1']);
    t.regex(listed, /^NODE +REPOSITORY:TAG +DIGEST +SIZE +IN USE\n/);
    t.regex(listed, /node-1 +registry\.invalid:5000\/shop\/till:1 +[0-9a-f]{12} +[\d.]+ [KM]iB +default\/till\n/);
    const items = JSON.parse(await ok(['image', 'ls', '-o', 'json'])).items as { node: string; tags: string[] }[];
    t.true(items.some(({ node, tags }) => node === 'node-1' && tags.includes(name)));
    refused(await cluster.bramble(['image', 'rm', name, '--node', 'node-1']), /used by pod default\/till; --force/);
    await ok(['delete', 'pod', 'till']);
    await until('no container of it is left', async () => !(await ok(['image', 'ls'])).includes('default/till'));
    t.is(await ok(['image', 'rm', name, '--node', 'node-1']), `node-1: removed ${name}\n`);
    t.false((await ok(['image', 'ls'])).includes('shop/till'));
    const again = await cluster.bramble(['image', 'rm', name, '--node', 'node-1']);
    t.is(again.code, 4);
  },
);

test.serial('what is no image for the node is refused in words', async (t) => {
  refused(await cluster.bramble(['image', 'load', join(dir, 'none.tar'), '--all']), /none\.tar: .*ENOENT/);
  refused(await cluster.bramble(['image', 'load', 'package.json', '--all']), /no tar archive/);
  const path = archive('tool.tgz', gzipSync(dockerArchive({ tag: 'tool:1', padding: 7 })));
  refused(await cluster.bramble(['image', 'load', path]), /say which nodes/);
  refused(await cluster.bramble(['image', 'load', path, '--node', 'nowhere']), /nodes "nowhere" not found/);
  t.is(
    await ok(['image', 'load', path, '--all', '--name', 'shop/other:2']).then((out) => out.split(' (')[0]),
    'node-1: loaded docker.io/shop/other:2',
  );
  await ok(['apply', '-f', '-'], pod('other', 'shop/other:2', {}, { imagePullPolicy: 'Never' }));
  await running('other');
  await ok(['delete', 'pod', 'other']);
});

test.serial(
  'an archive for several architectures is loaded, one for others only by force, and its pod says why it fails',
  async (t) => {
    const [own, other] = process.arch === 'arm64' ? ['arm64', 'amd64'] : ['amd64', 'arm64'];
    const both = archive('both.tar', ociArchive([other, own], 'shop/both:1'));
    t.regex(await ok(['image', 'load', both, '--all']), /loaded docker\.io\/shop\/both:1/);
    await ok(['apply', '-f', '-'], pod('both', 'shop/both:1', {}, { imagePullPolicy: 'Never' }));
    await running('both');
    const program = Buffer.concat([Buffer.from('7f454c46', 'hex'), Buffer.alloc(200, 1)]);
    const foreign = archive('foreign.tar', dockerArchive({ tag: 'shop/foreign:1', architecture: other, program }));
    const words = new RegExp(`the archive is for linux/${other}, and this node is linux/${own}; --force`);
    refused(await cluster.bramble(['image', 'load', foreign, '--all']), words);
    await ok(['image', 'load', foreign, '--all', '--force']);
    const command = ['/bin/busybox', 'sleep', '1'];
    await ok(['apply', '-f', '-'], pod('foreign', 'shop/foreign:1', {}, { imagePullPolicy: 'Never', command }));
    const status = async () => await ok(['get', 'pod', 'foreign', '-o', 'jsonpath={.status.containerStatuses[0]}']);
    await until('the pod says so', async () => (await status()).includes(`is for linux/${other}`)).catch(
      async (error) => {
        throw new Error(`${String(error)}: ${await status()}`);
      },
    );
    await ok(['delete', 'pod', 'both', 'foreign']);
  },
);
