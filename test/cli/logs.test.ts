import test, { type ExecutionContext } from 'ava';
import { realClock } from '../../src/common/actor/clock.ts';
import { type LogsRequest, logsRequest } from '../../src/common/wire/device-streams.ts';
import { serveStream } from '../../src/common/wire/serve-stream.ts';
import { StreamError } from '../../src/common/wire/stream.ts';
import { nodeStreamSubject } from '../../src/common/wire/subjects.ts';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);

const spec = { containers: [{ name: 'main', image: 'a' }] };
async function pod(name: string, nodeName?: string, labels: Record<string, string> = {}): Promise<void> {
  const metadata = { name, namespace: 'default', labels };
  await rig.master.api.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { ...spec, ...(nodeName && { nodeName }) },
  });
}

/** A device that answers each request with its lines; keeps what it was asked. */
async function device(t: ExecutionContext, node: string, ...lines: readonly string[]): Promise<LogsRequest[]> {
  const asked: LogsRequest[] = [];
  const stop = serveStream(
    rig.master.nats,
    nodeStreamSubject(node, 'logs'),
    { clock: realClock },
    async (request, sink) => {
      asked.push(logsRequest.parse(request));
      for (const line of lines) await sink.write(Buffer.from(`${line}\n`));
    },
  );
  t.teardown(stop);
  await rig.master.nats.flush();
  return asked;
}

test("logs prints what the pod's device streams, byte for byte, and passes the flags on", async (t) => {
  await pod('talks', 'pi-1');
  const asked = await device(t, 'pi-1', 'one', '\u001b[31mtwo\u001b[0m', 'x'.repeat(300_000));
  const all = await rig.client.run(['logs', 'talks']);
  t.is(all.code, codes.ok, all.stderr);
  t.is(all.stdout, `one\n\u001b[31mtwo\u001b[0m\n${'x'.repeat(300_000)}\n`);
  const flags = ['--tail=3', '--since=2m', '-c', 'main', '-p', '--timestamps'];
  t.is((await rig.client.run(['logs', 'talks', ...flags])).code, codes.ok);
  const base = { namespace: 'default', pod: 'talks', container: 'main' };
  t.deepEqual(asked, [base, { ...base, tailLines: 3, sinceSeconds: 120, previous: true, timestamps: true }]);
});

test('logs -f goes on until Ctrl-C', async (t) => {
  await pod('endless', 'pi-2');
  const stop = serveStream(
    rig.master.nats,
    nodeStreamSubject('pi-2', 'logs'),
    { clock: realClock },
    async (_request, sink, signal) => {
      await sink.write(Buffer.from('first\n'));
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
  );
  t.teardown(stop);
  await rig.master.nats.flush();
  const logs = rig.client.start(['logs', '-f', 'endless']);
  await logs.said(/first/);
  const { code, stdout } = await logs.interrupt();
  t.is(code, codes.interrupted);
  t.is(stdout, 'first\n');
});

test('logs of a selector takes all pods in order, and of a workload one that runs', async (t) => {
  await pod('b', 'pi-3', { app: 'both' });
  await pod('a', 'pi-3', { app: 'both' });
  const asked = await device(t, 'pi-3', 'line');
  t.is((await rig.client.run(['logs', '-l', 'app=both'])).stdout, 'line\nline\n');
  t.deepEqual(
    asked.map((request) => request.pod),
    ['a', 'b'],
  );
  const selector = { matchLabels: { app: 'both' } };
  const template = { metadata: { labels: { app: 'both' } }, spec };
  const metadata = { name: 'both', namespace: 'default' };
  await rig.master.api.create('deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector, template },
  });
  const key = { resource: 'pods', namespace: 'default', name: 'b' };
  await rig.master.api.updateStatus(key, { ...(await rig.master.api.get(key)), status: { phase: 'Running' } });
  const one = await rig.client.run(['logs', 'deploy/both']);
  t.is(one.stdout, 'line\n');
  t.is(one.stderr, 'Found 2 pods, using pod/b\n');
});

test('logs tells why there are none: no such pod, no node yet, no agent, and what the device says', async (t) => {
  t.is((await rig.client.run(['logs', 'nobody'])).code, codes.notFound);
  await pod('pending');
  const pending = await rig.client.run(['logs', 'pending']);
  t.is(pending.code, codes.failed);
  t.regex(pending.stderr, /pod "pending" is not on a node yet; bramble describe pod pending/);
  await pod('lost', 'pi-4');
  const lost = await rig.client.run(['logs', 'lost']);
  t.is(lost.code, codes.unreachable);
  t.regex(lost.stderr, /no agent answers on node "pi-4"[\s\S]*systemctl status bramble-agent/);
  await pod('refused', 'pi-5');
  const stop = serveStream(rig.master.nats, nodeStreamSubject('pi-5', 'logs'), { clock: realClock }, async () => {
    throw new StreamError('not-found', 'container "x" is not of this pod; it has main');
  });
  t.teardown(stop);
  await rig.master.nats.flush();
  const refused = await rig.client.run(['logs', 'refused']);
  t.is(refused.code, codes.failed);
  t.regex(refused.stderr, /^error: container "x" is not of this pod; it has main\n$/);
  const other = await rig.client.run(['logs', 'refused', 'x']);
  t.is(other.code, codes.failed);
  t.regex(other.stderr, /^error: container "x" is not valid for pod refused; it has main\n$/);
  t.regex((await rig.client.run(['logs', 'node/pi-1'])).stderr, /not found|nodes have no logs/);
});

test('the container is the one that the annotation names, else the first, which is said; or all of them', async (t) => {
  const containers = ['a', 'b'].map((name) => ({ name, image: 'a' }));
  const annotations = { 'kubectl.kubernetes.io/default-container': 'b' };
  for (const [name, notes] of [
    ['plain', {}],
    ['noted', annotations],
  ] as const) {
    const metadata = { name, namespace: 'default', annotations: notes };
    const initContainers = [{ name: 'first', image: 'a' }];
    await rig.master.api.create('pods', {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata },
      spec: { containers, initContainers, nodeName: 'pi-6' },
    });
  }
  const asked = await device(t, 'pi-6', 'line');
  const plain = await rig.client.run(['logs', 'plain']);
  t.is(plain.stderr, 'Defaulted container "a" out of: first (init), a, b\n');
  t.is((await rig.client.run(['logs', 'noted'])).stderr, '');
  const all = await rig.client.run(['logs', 'noted', '--all-containers', '--prefix', '--limit-bytes=9', '-f']);
  t.is(all.stdout.split('\n').filter((line) => /^\[pod\/noted\/(first|a|b)\] line$/.test(line)).length, 3);
  t.deepEqual(
    asked.slice(0, 2).map(({ container }) => container),
    ['a', 'b'],
  );
  t.deepEqual(
    asked
      .slice(2)
      .map(({ container, restartPolicy }) => `${container} ${restartPolicy}`)
      .sort(),
    ['a Always', 'b Always', 'first OnFailure'],
  );
  for (const bad of [['--since=1m', '--since-time=2026-01-02T03:04:05Z'], ['-f', '-p'], ['--since-time=yesterday']])
    t.is((await rig.client.run(['logs', 'plain', ...bad])).code, codes.usage, bad.join(' '));
});
