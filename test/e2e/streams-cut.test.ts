/** Streams whose ends go away, and logs that grow large: on a real containerd, with the agent killed in the middle. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { processesOf } from '../../bench/lib/processes.ts';
import { type Cluster, program, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';
import { kill } from '../support/kill.ts';

let cluster: Cluster;

const linesPerBurst = 12_000;
/** Writes numbered lines of 1 kB in bursts: one at the start, and one for each file /go. */
const talkative = `
n=0; pad=$(head -c 990 /dev/zero | tr '\\0' x)
while :; do
  end=$((n+${linesPerBurst}))
  while [ $n -lt $end ]; do echo "$n $pad"; n=$((n+1)); done
  while [ ! -e /go ]; do sleep 0.1; done
  rm /go
done`;

const pod = (name: string, script: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'bramble.local/busybox:1', command: ['/bin/sh', '-c', script] }],
    },
  });

test.before(async () => {
  // Bursts of 12 MB are what rotates a log here, and no storm.
  cluster = await startCluster(57, ['--container-log-max-rate=0']);
  for (const [name, script] of [
    ['talks', talkative],
    ['ticks', 'n=0; while :; do echo $n; n=$((n+1)); sleep 0.1; done'],
    ['stays', 'mkdir /www; echo served > /www/index.html; exec httpd -f -p 80 -h /www'],
  ] as const) {
    const applied = await cluster.bramble(['apply', '-f', '-'], pod(name, script));
    if (applied.code !== 0) throw new Error(applied.stderr);
    const ready = await cluster.bramble(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s']);
    if (ready.code !== 0) throw new Error(ready.stderr);
  }
});
test.after.always(async () => await cluster?.stop());

type Live = {
  readonly child: ChildProcessWithoutNullStreams;
  out: string;
  err: string;
  code(): Promise<number | null>;
};

function start(t: ExecutionContext, ...args: readonly string[]): Live {
  const env = { ...process.env, BRAMBLE_SERVER: cluster.url, BRAMBLE_CONFIG: join(cluster.dir, 'none.yaml') };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: 'pipe' });
  const ended = once(child, 'close');
  const live: Live = { child, out: '', err: '', code: async () => (await ended)[0] };
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    live.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    live.err += text;
  });
  child.stdin.on('error', () => {});
  t.teardown(() => {
    if (child.pid !== undefined) kill(child.pid);
  });
  return live;
}

const numbers = (text: string): readonly number[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(line.split(' ', 1)[0]));
const upTo = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** Where the device keeps the logs of a pod's container. */
async function logDir(pod: string): Promise<string> {
  const logs = join(cluster.dir, 'data', 'agent', 'logs');
  const [folder = ''] = (await readdir(logs)).filter((name) => name.startsWith(`default_${pod}_`));
  return join(logs, folder, 'main');
}

const logFiles = async (): Promise<readonly string[]> => (await readdir(await logDir('talks'))).sort();

test.serial('a log is rotated at 10 MiB while it is followed, and nothing of it is lost', async (t) => {
  const live = start(t, 'logs', '-f', 'talks');
  await until('it was rotated', async () => (await logFiles()).join() === '0.log,0.log.1');
  t.is((await cluster.bramble(['exec', 'talks', '--', 'touch', '/go'])).code, 0);
  await until('it was rotated again', async () => (await logFiles()).join() === '0.log,0.log.1.gz,0.log.2');
  await until('all was followed', async () => live.out.split('\n').length > 2 * linesPerBurst);
  t.deepEqual(numbers(live.out), upTo(0, 2 * linesPerBurst));
  live.child.kill('SIGINT');
  t.is(await live.code(), 130);
  const all = await cluster.bramble(['logs', 'talks']);
  t.deepEqual(numbers(all.stdout), upTo(0, 2 * linesPerBurst));
  const tail = await cluster.bramble(['logs', 'talks', '--tail=15000']);
  t.deepEqual(numbers(tail.stdout), upTo(2 * linesPerBurst - 15_000, 2 * linesPerBurst));
});

test.serial('an agent that is killed ends its streams with words, leaves no process, and serves again', async (t) => {
  const piped = start(t, 'exec', '-i', 'stays', '--', 'sh', '-c', 'echo ready; cat; true in-the-middle');
  const followed = start(t, 'logs', '-f', 'talks', '--tail=1');
  const forwarded = start(t, 'port-forward', 'stays', ':80');
  await until('all are under way', async () => [piped, followed, forwarded].every(({ out }) => out !== ''));
  const agent = processesOf(cluster.dir).find(({ role }) => role === 'agent');
  kill(agent?.pid ?? 0);
  for (const one of [piped, followed]) {
    t.is(await one.code(), 3);
    t.regex(one.err, /^error: no agent answers on node "node-1"/m);
  }
  await until('the agent serves again', async () => {
    const ran = await cluster.bramble(['exec', 'stays', '--', 'sh', '-c', 'ps -o args | grep -c "[i]n-the-middle"']);
    return ran.stdout === '0\n';
  });
  // Each connection is a stream of its own: the ports lead to the agent that is there now.
  const port = Number(/127\.0\.0\.1:(\d+) -> 80/.exec(forwarded.out)?.[1]);
  const socket = connect(port, '127.0.0.1');
  socket.end('GET / HTTP/1.0\r\n\r\n');
  let page = '';
  for await (const bytes of socket) page += bytes;
  t.regex(page, /served\n$/);
  await cluster.bramble(['delete', 'pod', 'stays']);
  t.is(await forwarded.code(), 1);
  t.regex(forwarded.err, /lost connection to pod stays/);
});

test.serial('what is written while the device has no connection is there afterwards', async (t) => {
  const nats = processesOf(cluster.dir).find(({ role }) => role === 'nats');
  const log = join(await logDir('ticks'), '0.log');
  const written = async (): Promise<number> => (await readFile(log, 'utf8')).split('\n').length - 1;
  const before = await written();
  process.kill(nats?.pid ?? 0, 'SIGSTOP');
  try {
    await until('it goes on writing', async () => (await written()) > before + 20);
  } finally {
    process.kill(nats?.pid ?? 0, 'SIGCONT');
  }
  const { stdout } = await cluster.bramble(['logs', 'ticks']);
  const seen = numbers(stdout);
  t.true(seen.length > before + 20);
  t.deepEqual(seen, upTo(0, seen.length));
});

test.serial('while the master is away a device is asked itself', async (t) => {
  const master = processesOf(cluster.dir).find(({ role }) => role === 'master');
  if (master === undefined) throw new Error('there is no master');
  process.kill(master.pid, 'SIGSTOP');
  try {
    const without = await cluster.bramble(['exec', 'talks', '--', 'hostname']);
    t.is(without.code, 3);
    t.regex(without.stderr, /need no master with --node NAME/);
    const node = '--node=node-1';
    t.is((await cluster.bramble(['exec', 'talks', node, '--', 'hostname'])).stdout, 'talks\n');
    t.regex((await cluster.bramble(['logs', 'talks', node, '--tail=1'])).stdout, /^\d+ x+\n$/);
    t.is((await cluster.bramble(['cp', program, 'talks:/tmp/copy', node])).code, 0);
    const wrong = await cluster.bramble(['exec', 'nobody', node, '--', 'hostname']);
    t.is(wrong.code, 1);
    t.regex(wrong.stderr, /no container of pod nobody has been started yet/);
    t.is((await cluster.bramble(['exec', 'talks', '--node=nowhere', '--', 'hostname'])).code, 3);
  } finally {
    process.kill(master.pid, 'SIGCONT');
  }
});
