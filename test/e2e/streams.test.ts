/** exec, attach, port-forward, cp and logs, through the shipped program, NATS and a real containerd. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Cluster, program, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';
import { kill } from '../support/kill.ts';

let cluster: Cluster;
let scratch: string;

const pod = (name: string, containers: string, extra = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  labels: {app: ${name}}\nspec:\n  terminationGracePeriodSeconds: 1\n${extra}  containers:\n${containers}`;
const container = (name: string, script: string, extra = ''): string =>
  `    - name: ${name}\n      image: bramble.local/busybox:1\n      command: ["/bin/sh", "-c", ${JSON.stringify(script)}]\n${extra}`;

const web = pod(
  'web',
  container('main', 'mkdir -p /www; echo served > /www/index.html; httpd -f -p 80 -h /www') +
    container('side', 'echo from the side; sleep 1000') +
    container('talker', 'while read -r line; do echo "heard $line"; done; sleep 1000', '      stdin: true\n') +
    container('shell', 'exec sh', '      stdin: true\n      tty: true\n'),
);

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'bramble-streams-'));
  cluster = await startCluster(56);
  const applied = await cluster.bramble(['apply', '-f', '-', '--wait', '--timeout=60s'], web);
  if (applied.code !== 0) throw new Error(applied.stderr);
  const ready = await cluster.bramble(['wait', 'pod/web', '--for=condition=Ready', '--timeout=60s']);
  if (ready.code !== 0) throw new Error(ready.stderr);
});
test.after.always(async () => {
  await cluster?.stop();
  if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
});

/** A run of the client that goes on while the test looks at it. */
class Live {
  readonly child: ChildProcessWithoutNullStreams;
  out = '';
  err = '';

  constructor(t: ExecutionContext, args: readonly string[], through: readonly string[] = [process.execPath]) {
    const [command = process.execPath, ...before] = through;
    const env = { ...process.env, BRAMBLE_SERVER: cluster.url, BRAMBLE_CONFIG: join(cluster.dir, 'none.yaml') };
    this.child = spawn(command, [...before, ...(through.length > 1 ? [] : [program]), ...args], { env, stdio: 'pipe' });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.child.stdin.on('error', () => {});
    t.teardown(() => {
      if (this.child.pid !== undefined) kill(this.child.pid);
    });
  }

  async says(pattern: RegExp): Promise<void> {
    await until(`${pattern} in ${JSON.stringify(this.out)}, ${JSON.stringify(this.err)}`, async () =>
      pattern.test(this.out),
    );
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }
}

const exec = (...command: readonly string[]) => cluster.bramble(['exec', 'web', '-c', 'main', '--', ...command]);

/** The number of the processes in the container with this text in their command line. */
async function processesWith(text: string): Promise<number> {
  const { stdout } = await exec('/bin/sh', '-c', `ps -o args | grep -c "[${text[0]}]${text.slice(1)}"`);
  return Number(stdout);
}

test('exec gives output and errors apart, and the exit code of the command is that of the program', async (t) => {
  const ran = await exec('/bin/sh', '-c', 'echo out; echo err >&2; exit 7');
  t.is(ran.stdout, 'out\n');
  t.is(ran.stderr, 'err\ncommand terminated with exit code 7\n');
  t.is(ran.code, 7);
  t.is((await exec('true')).code, 0);
  const absent = await exec('/no/such/program');
  t.is(absent.code, 1);
  t.regex(absent.stderr, /^error: .*no such file/);
});

test('exec passes standard input, and its end ends the command', async (t) => {
  const ran = await cluster.bramble(['exec', '-i', 'web', '-c', 'main', '--', 'cat'], 'hi\n');
  t.deepEqual(ran, { code: 0, stdout: 'hi\n', stderr: '' });
  const big = 'x'.repeat(5_000_000);
  const whole = await cluster.bramble(['exec', '-i', 'web', '-c', 'main', '--', 'md5sum'], big);
  t.is(whole.stdout.slice(0, 32), createHash('md5').update(big).digest('hex'));
  const early = await cluster.bramble(['exec', '-i', 'web', '-c', 'main', '--', 'head', '-c', '3'], 'x'.repeat(30_000));
  t.is(early.stdout, 'xxx', early.stderr);
  t.is(early.code, 0);
});

test('exec takes the first container and says so, and a workload for its pod', async (t) => {
  const ran = await cluster.bramble(['exec', 'web', '--', 'hostname']);
  t.is(ran.stdout, 'web\n');
  t.is(ran.stderr, 'Defaulted container "main" out of: main, side, talker, shell\n');
  t.is((await cluster.bramble(['exec', 'pod/web', '-c', 'side', '--', 'echo', '-n', 'side'])).stdout, 'side');
  const wrong = await cluster.bramble(['exec', 'web', '-c', 'none', '--', 'true']);
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /container "none" is not valid for pod web; it has main, side, talker, shell/);
  t.is((await cluster.bramble(['exec', 'nobody', '--', 'true'])).code, 4);
  t.is((await cluster.bramble(['exec', 'web'])).code, 2);
});

test('exec -it is a real terminal: its size, its keys, Ctrl-C as a byte, and the exit code', async (t) => {
  if (!existsSync('/usr/bin/script')) {
    t.log('script(1) is not installed');
    t.pass();
    return;
  }
  const command = `stty rows 41 cols 133; ${process.execPath} ${program} exec -it web -c main -- sh; echo code=$?; stty -a`;
  const live = new Live(t, ['-qec', command, '/dev/null'], ['/usr/bin/script', '--flush']);
  await live.says(/# /);
  live.child.stdin.write('stty size\n');
  await live.says(/41 133/);
  live.child.stdin.write('sleep 1000\n');
  await until('sleep runs', async () => (await processesWith('sleep 1000')) > 0);
  live.child.stdin.write('\u0003');
  live.child.stdin.write('echo after-$((40+2))\n');
  await live.says(/after-42/);
  live.child.stdin.write('exit 5\n');
  await live.says(/code=5/);
  // The terminal is as it was before.
  await live.says(/[^-]icanon/);
  t.is(await live.ended(), 0);
  // A terminal that nobody has given a size, as in a job. The size comes just after the start, as with kubectl.
  const sizeless = `${process.execPath} ${program} exec -it web -c main -- sh -c 'until stty size 2>/dev/null | grep 80; do :; done'`;
  const job = new Live(t, ['-qec', sizeless, '/dev/null'], ['/usr/bin/script', '--flush']);
  await job.says(/24 80/);
  t.is(await job.ended(), 0);
});

test('exec -t without a terminal of its own still gives the command one', async (t) => {
  const ran = await cluster.bramble(['exec', '-t', 'web', '-c', 'main', '--', 'tty']);
  t.regex(ran.stdout, /^\/dev\/pts\/\d+\r\n$/);
});

test.serial('thirty execs at once keep apart', async (t) => {
  const numbers = Array.from({ length: 30 }, (_, index) => String(index));
  const runs = await Promise.all(
    numbers.map((each) => exec('sh', '-c', `echo begin-${each}; sleep 0.2; echo end-${each}`)),
  );
  t.deepEqual(
    runs.map(({ stdout }) => stdout),
    numbers.map((each) => `begin-${each}\nend-${each}\n`),
  );
});

test.serial('a client that is killed leaves no process behind that hears its input, or has its terminal', async (t) => {
  const piped = new Live(t, [
    'exec',
    '-i',
    'web',
    '-c',
    'main',
    '--',
    'sh',
    '-c',
    'echo ready; cat; true piped-marker',
  ]);
  await piped.says(/ready/);
  const terminal = new Live(t, ['exec', '-it', 'web', '-c', 'main', '--', 'sh', '-c', 'echo ready; sleep 777']);
  await terminal.says(/ready/);
  t.true((await processesWith('piped-marker')) > 0);
  piped.child.kill('SIGKILL');
  terminal.child.kill('SIGKILL');
  await until(
    'they are gone',
    async () => (await processesWith('piped-marker')) + (await processesWith('sleep 777')) === 0,
  );
  t.pass();
});

test('attach hears and is heard, with a terminal too', async (t) => {
  const piped = new Live(t, ['attach', '-i', 'web', '-c', 'talker']);
  await until('it hears', async () => {
    piped.child.stdin.write('hello\n');
    return piped.out.includes('heard hello\n');
  });
  piped.child.kill('SIGINT');
  t.is(await piped.ended(), 130);
  const shell = new Live(t, ['attach', '-it', 'web', '-c', 'shell']);
  await until('it hears', async () => {
    shell.child.stdin.write('echo at-$((1+1))\n');
    return shell.out.includes('at-2\r\n');
  });
  shell.child.kill('SIGTERM');
  t.is(await shell.ended(), 143);
  const deaf = await cluster.bramble(['attach', '-i', 'web', '-c', 'side']);
  t.is(deaf.code, 1);
  t.regex(deaf.stderr, /hears nothing: its spec has no stdin: true/);
});

test('port-forward leads many connections into the pod, tells what fails, and ends on Ctrl-C', async (t) => {
  const live = new Live(t, ['port-forward', 'pod/web', ':80', '0:81']);
  await live.says(/Forwarding from 127\.0\.0\.1:\d+ -> 81/);
  const port = Number(/127\.0\.0\.1:(\d+) -> 80/.exec(live.out)?.[1]);
  const closed = Number(/127\.0\.0\.1:(\d+) -> 81/.exec(live.out)?.[1]);
  const pages = await Promise.all(Array.from({ length: 20 }, () => page(port)));
  t.deepEqual(new Set(pages), new Set(['served\n']));
  const socket = connect(closed, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'close');
  await until('it is told', async () => /error: forwarding \d+ -> 81: .*refused/.test(live.err));
  t.is(await page(port), 'served\n');
  live.child.kill('SIGINT');
  t.is(await live.ended(), 130);
  const taken = await cluster.bramble(['port-forward', 'web', `${new URL(cluster.url).port}:80`]);
  t.is(taken.code, 1);
  t.regex(taken.stderr, /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
});

async function page(port: number): Promise<string> {
  const asked = request({ host: '127.0.0.1', port, path: '/', agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

test('cp brings a tree there and back: odd names, links, modes, a big file', async (t) => {
  const tree = join(scratch, 'tree');
  const long = 'n'.repeat(180);
  await mkdir(join(tree, 'sub', long), { recursive: true });
  await writeFile(join(tree, 'a file with "quotes" and\nnewline'), 'odd');
  await writeFile(join(tree, 'sub', '-rf ü $(x)'), 'odder');
  await writeFile(join(tree, 'sub', long, long), 'deep');
  await writeFile(join(tree, 'empty'), '');
  await writeFile(join(tree, 'run.sh'), '#!/bin/sh\n');
  await chmod(join(tree, 'run.sh'), 0o755);
  await symlink('sub', join(tree, 'link'));
  await symlink('/etc/passwd', join(tree, 'out'));
  await writeFile(join(tree, 'big'), Buffer.alloc(30_000_000, 'big data '));
  const up = await cluster.bramble(['cp', tree, 'web:/data', '-c', 'main']);
  t.is(up.code, 0, up.stderr);
  t.is((await exec('sh', '-c', 'cat "/data/sub/-rf ü \\$(x)"; readlink /data/link; ls /data')).code, 0);
  const again = await cluster.bramble(['cp', join(tree, 'run.sh'), 'web:/data/sub/', '-c', 'main']);
  t.is(again.code, 0, again.stderr);
  t.is((await exec('stat', '-c', '%a', '/data/sub/run.sh')).stdout, '755\n');
  const back = join(scratch, 'back');
  const down = await cluster.bramble(['cp', 'default/web:/data', back, '-c', 'main']);
  t.is(down.code, 0, down.stderr);
  t.regex(down.stderr, /warning: out: a link to "\/etc\/passwd", out of what is copied; it is left out/);
  await rm(join(tree, 'out'));
  await writeFile(join(tree, 'sub', 'run.sh'), '#!/bin/sh\n');
  t.deepEqual(await sums(back), await sums(tree));
  t.is(await readlink(join(back, 'link')), 'sub');
  t.is((await lstat(join(back, 'run.sh'))).mode & 0o777, 0o755);
  const one = await cluster.bramble(['cp', 'web:/data/run.sh', join(scratch, 'one.sh')]);
  t.is(one.code, 0);
  t.is(await readFile(join(scratch, 'one.sh'), 'utf8'), '#!/bin/sh\n');
});

async function sums(dir: string, below = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) Object.assign(found, await sums(dir, path));
    else if (entry.isFile())
      found[path] = createHash('sha256')
        .update(await readFile(join(dir, path)))
        .digest('hex');
  }
  return found;
}

test('cp tells what goes wrong, with an exit code', async (t) => {
  const missing = await cluster.bramble(['cp', 'web:/no/such/file', join(scratch, 'x'), '-c', 'main']);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /tar in the container "main" has failed: .*no such file/i);
  t.false(existsSync(join(scratch, 'x')));
  const here = await cluster.bramble(['cp', join(scratch, 'nothing-here'), 'web:/data', '-c', 'main']);
  t.is(here.code, 1);
  t.regex(here.stderr, /ENOENT/);
  t.is((await cluster.bramble(['cp', '/a', '/b'])).code, 2);
  const noTar = 'rm /bin/tar; echo gone; sleep 1000';
  await cluster.bramble(['apply', '-f', '-'], pod('bare', container('main', noTar)));
  await until('it has no tar', async () => (await cluster.bramble(['logs', 'bare'])).stdout === 'gone\n');
  const bare = await cluster.bramble(['cp', program, 'bare:/tmp']);
  t.is(bare.code, 1);
  t.regex(bare.stderr, /the container "main" has no program "tar"/);
});

test('logs goes over restarts with -f, and knows the container before', async (t) => {
  const script =
    'echo one-$((n=$(cat /n/n 2>/dev/null || echo 0)+1)) run-$(cat /proc/sys/kernel/random/uuid); sleep 1; exit 1';
  await cluster.bramble(['apply', '-f', '-'], pod('again', container('main', script)));
  await until('it has begun', async () => (await cluster.bramble(['logs', 'again'])).stdout.includes('run-'));
  const live = new Live(t, ['logs', '-f', 'again']);
  await live.says(/run-[\s\S]*run-/);
  const [first] = live.out.split('\n');
  await until('it is the container before', async () => {
    const { stdout } = await cluster.bramble(['logs', '-p', 'again']);
    return stdout !== '' && live.out.includes(stdout) && stdout.split('\n')[0] === first;
  });
  live.child.kill('SIGINT');
  t.is(await live.ended(), 130);
});

test('logs of several containers, with prefixes, times and limits', async (t) => {
  const all = await cluster.bramble(['logs', 'web', '--all-containers', '--prefix']);
  t.is(all.code, 0, all.stderr);
  t.regex(all.stdout, /^\[pod\/web\/side\] from the side$/m);
  const side = await cluster.bramble(['logs', 'web', '-c', 'side', '--timestamps']);
  t.regex(side.stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z from the side\n$/);
  t.is((await cluster.bramble(['logs', 'web', 'side', '--limit-bytes=4'])).stdout, 'from');
  t.is((await cluster.bramble(['logs', 'web', 'side', '--since-time=2999-01-01T00:00:00Z'])).stdout, '');
  t.is((await cluster.bramble(['logs', '-l', 'app=web', '-c', 'side'])).stdout, 'from the side\n');
});
