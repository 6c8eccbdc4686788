/** `bramble sim` as people run it: the built program, its own master and nats-server, devices in processes of their own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'ava';
import { program, runBramble } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';

type Line = {
  readonly type: string;
  readonly server?: string;
  readonly running?: number;
  readonly [field: string]: unknown;
};

test('a simulated fleet runs what is applied to its cluster, and in the end every pod is counted', async (t) => {
  const flags = ['-n', '12', '-o', 'json', '--start-within=1', '--seed=7', '--loss=0.02', '--crash-every=20'];
  const child = spawn(process.execPath, [program, 'sim', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Line[] = [];
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  try {
    await until('the simulation has begun', async () => lines.some(({ type }) => type === 'began'));
    const { server = '' } = lines.find(({ type }) => type === 'began') ?? {};
    const bramble = (args: readonly string[], input?: string) => runBramble(['--server', server, ...args], {}, input);
    const ready = async () =>
      (await bramble(['get', 'nodes', '--no-headers'])).stdout.split('\n').filter((line) => / Ready /.test(line))
        .length;
    await until('all nodes are Ready', async () => (await ready()) === 12, 60_000);
    const template = {
      metadata: { labels: { app: 'app' } },
      spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }] },
    };
    const spec = { replicas: 24, selector: { matchLabels: { app: 'app' } }, template };
    const manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' }, spec };
    t.is((await bramble(['apply', '-f', '-'], JSON.stringify(manifest))).code, 0);
    const rollout = await bramble(['rollout', 'status', 'deployment/app', '--timeout=60s']);
    t.is(rollout.code, 0, rollout.stderr);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    const [code] = await ended;
    const last = lines.at(-1);
    t.is(code, 0, `${JSON.stringify(last)} ${errors}`);
    t.like(last, { type: 'ended', pods: 24, lost: 0, doubled: 0, strays: 0, seed: 7 });
    t.regex(String(server), /^nats:\/\/127\.0\.0\.1:\d+$/);
  } finally {
    child.kill('SIGKILL');
  }
});

test('what a simulation can not be told is refused with the flag and what is accepted', async (t) => {
  const wrong = await runBramble(['sim', '-n', '0']);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /--devices/);
  const lossy = await runBramble(['sim', '--loss=2']);
  t.is(lossy.code, 2);
  t.regex(lossy.stderr, /--loss/);
  t.is((await runBramble(['sim', 'worker'])).code, 1);
  t.is((await runBramble(['sim', '--help'])).code, 0);
});
