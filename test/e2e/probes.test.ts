/** Probes on real containerd: each kind with each handler, and what becomes of the pod. */

import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import test from 'ava';
import { processesOf } from '../../bench/lib/processes.ts';
import { int, message, string } from '../../src/agent/io/cri/protobuf.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';
import { kill } from '../support/kill.ts';

let cluster: Cluster;

test.before(async () => {
  cluster = await startCluster(53);
});

test.after.always(async () => {
  await cluster?.stop();
});

const ok: Cluster['ok'] = (...call) => cluster.ok(...call);

type Fields = Readonly<Record<string, unknown>>;
type Seen = {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly started?: boolean;
      readonly restartCount: number;
    }[];
  };
};

/** The shell passes SIGTERM on by ending. */
const script = (text: string): Fields => ({ command: ['sh', '-c', `trap 'exit 0' TERM; ${text}; sleep 1000 & wait`] });
const httpd = 'mkdir -p /www; echo yes | tee /www/ready /www/alive; httpd -p 8080 -h /www';
const every = (change: Fields): Fields => ({ periodSeconds: 1, failureThreshold: 2, ...change });

async function run(name: string, container: Fields, spec: Fields = {}): Promise<void> {
  const containers = [{ name: 'app', image: 'bramble.local/busybox:1', ...container }];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...spec } };
  await ok(['apply', '-f', '-'], JSON.stringify(pod));
}

/** The first container as the status has it, with the pod's own condition. */
async function look(name: string) {
  const { status } = JSON.parse(await ok(['get', 'pod', name, '-o', 'json'])) as Seen;
  const [container] = status?.containerStatuses ?? [];
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return { ready, container: container?.ready, started: container?.started, restarts: container?.restartCount };
}

async function becomes(name: string, wanted: Partial<Awaited<ReturnType<typeof look>>>): Promise<void> {
  await until(`${name} is ${JSON.stringify(wanted)}`, async () => {
    const seen = await look(name);
    return Object.entries(wanted).every(([key, value]) => seen[key as keyof typeof seen] === value);
  });
}

const inside = (name: string, command: string) => ok(['exec', name, '--', 'sh', '-c', command]);

async function described(name: string, words: RegExp): Promise<void> {
  await until(`describe ${name} shows ${words}`, async () => words.test(await ok(['describe', 'pod', name])));
}

test('a startup command holds the others back; HTTP readiness by a named port flips Ready; failed liveness restarts', async (t) => {
  await run('web', {
    ...script(httpd),
    ports: [{ name: 'web', containerPort: 8080 }],
    startupProbe: every({ exec: { command: ['test', '-f', '/www/started'] }, failureThreshold: 60 }),
    readinessProbe: every({ httpGet: { path: '/ready', port: 'web', httpHeaders: [{ name: 'X-Who', value: 'me' }] } }),
    livenessProbe: every({ httpGet: { path: '/alive', port: 'web' } }),
  });
  await described('web', /Warning\s+Unhealthy\s.*Startup probe failed/);
  t.deepEqual(await look('web'), { ready: false, container: false, started: false, restarts: 0 });

  await inside('web', 'touch /www/started');
  await becomes('web', { ready: true, container: true, started: true });

  await inside('web', 'rm /www/ready');
  await becomes('web', { ready: false, container: false, started: true, restarts: 0 });
  await described('web', /Warning\s+Unhealthy\s.*Readiness probe failed: HTTP probe failed with statuscode: 404/);
  await inside('web', 'touch /www/ready');
  await becomes('web', { ready: true, restarts: 0 });

  await inside('web', 'rm /www/alive');
  await becomes('web', { restarts: 1, started: false, ready: false });
  await described('web', /Normal\s+Killing\s.*Container app failed liveness probe, will be restarted/);
});

test('a closed TCP port makes the pod unready, then restarts it in the grace period of the probe', async (t) => {
  await run(
    'tcp',
    {
      command: ['sh', '-c', `trap "" TERM; ${httpd}; while :; do sleep 1; done`],
      startupProbe: every({ tcpSocket: { port: 8080 }, failureThreshold: 20 }),
      readinessProbe: every({ tcpSocket: { port: 8080 } }),
      livenessProbe: every({ tcpSocket: { port: 8080 }, failureThreshold: 6, terminationGracePeriodSeconds: 1 }),
    },
    { terminationGracePeriodSeconds: 300 },
  );
  await becomes('tcp', { ready: true, started: true, restarts: 0 });
  await inside('tcp', 'killall -9 httpd');
  await becomes('tcp', { ready: false, restarts: 0 });
  await described('tcp', /Readiness probe failed: dial tcp \S+:8080: connect: connection refused/);
  await becomes('tcp', { ready: true, restarts: 1 });
  t.pass('long before the 300 s of the pod');
});

test('commands: exit codes make ready and unready, one that takes too long has failed, and none overlaps itself', async (t) => {
  await run('exec', {
    ...script('true'),
    env: [{ name: 'FLAG', value: '/tmp/flag' }],
    readinessProbe: every({ exec: { command: ['test', '-f', '$(FLAG)'] } }),
    livenessProbe: every({
      exec: { command: ['sh', '-c', 'echo begin >>/tmp/log; sleep 3; echo end >>/tmp/log'] },
      timeoutSeconds: 10,
    }),
  });
  await run('late', {
    ...script('true'),
    livenessProbe: every({ exec: { command: ['sleep', '60'] }, timeoutSeconds: 1 }),
  });
  await becomes('exec', { ready: false, started: true });
  await inside('exec', 'touch /tmp/flag');
  await becomes('exec', { ready: true });
  await inside('exec', 'rm /tmp/flag');
  await becomes('exec', { ready: false, restarts: 0 });

  await described('late', /Liveness probe failed: command "sleep 60" timed out/);
  await becomes('late', { restarts: 1 });

  await until('the slow probe has run three times', async () => {
    const lines = (await inside('exec', 'cat /tmp/log')).split('\n');
    return lines.filter((line) => line === 'end').length >= 3;
  });
  t.regex(await inside('exec', 'cat /tmp/log'), /^(begin\nend\n)+(begin\n)?$/);
});

test('a gRPC server says by service whether the pod has started, is ready and lives; here on the network of the node', async (t) => {
  const states: Record<string, number> = { started: 2, ready: 2, alive: 1 };
  const server = new GrpcServer();
  const [request, answer] = [message({ service: [1, string] }), message({ status: [1, int] })];
  const method = {
    ...{ path: '/grpc.health.v1.Health/Check', requestStream: false, responseStream: false },
    ...{ requestSerialize: request.encode, requestDeserialize: request.decode },
    ...{ responseSerialize: answer.encode, responseDeserialize: answer.decode },
  };
  server.addService(
    { Check: method },
    {
      Check(call: { request: { service: string } }, reply: (error: null, value: { status: number }) => void) {
        reply(null, { status: states[call.request.service] ?? 0 });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('0.0.0.0:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  t.teardown(() => server.forceShutdown());
  const grpc = (service: string) => ({ grpc: { port, service } });
  await run(
    'grpc',
    {
      ...script('true'),
      startupProbe: every({ ...grpc('started'), failureThreshold: 60 }),
      readinessProbe: every(grpc('ready')),
      livenessProbe: every(grpc('alive')),
    },
    { hostNetwork: true },
  );
  await described('grpc', /Startup probe failed: service unhealthy \(responded with "NOT_SERVING"\)/);
  states['started'] = 1;
  await becomes('grpc', { started: true, ready: false });
  states['ready'] = 1;
  await becomes('grpc', { ready: true, restarts: 0 });
  states['alive'] = 2;
  await becomes('grpc', { restarts: 1 });
  t.pass();
});

test.serial('an agent that is killed leaves what is ready ready, and probes on', async (t) => {
  await run('kept', {
    ...script('touch /tmp/flag'),
    readinessProbe: every({ exec: { command: ['sh', '-c', 'test -f /tmp/flag && echo >>/tmp/good'] } }),
  });
  await becomes('kept', { ready: true });
  const times = async () => Number(await inside('kept', 'wc -l </tmp/good'));
  await until('it has been ready for a while', async () => (await times()) > 4);
  const since = ['get', 'pod', 'kept', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].lastTransitionTime}'];
  const before = await ok(since);
  for (const { pid } of processesOf(cluster.dir).filter(({ role }) => role === 'agent')) kill(pid);
  await until('the agent is back', async () => (await cluster.bramble(['exec', 'kept', '--', 'true'])).code === 0);
  t.is(await ok(since), before);
  await inside('kept', 'rm /tmp/flag');
  await becomes('kept', { ready: false, restarts: 0 });
});
