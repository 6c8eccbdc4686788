import { join } from 'node:path';
import test from 'ava';
import { createCri } from '../../../../src/agent/io/cri/cri.ts';
import { createRuntimeStreams } from '../../../../src/agent/io/cri/runtime-streams.ts';
import type { Cri } from '../../../../src/agent/ports/cri.ts';
import { RuntimeStreamsError } from '../../../../src/agent/ports/runtime-streams.ts';
import { startTestContainerd, type TestContainerd } from '../../../support/containerd.ts';
import { sandboxConfig, shellConfig } from '../../../support/cri-configs.ts';
import { BUSYBOX } from '../../../support/image-archive.ts';

const streams = createRuntimeStreams();
let containerd: TestContainerd;
let cri: Cri;
let sandbox: string;
let container: string;

test.before(async () => {
  containerd = await startTestContainerd();
  cri = createCri(containerd.socket);
  const config = sandboxConfig('streams', { logDirectory: join(containerd.dir, 'logs') });
  const script =
    'mkdir /www; echo served > /www/index.html; httpd -h /www; while read line; do echo "heard $line"; done; sleep 1000';
  sandbox = await cri.runSandbox(config);
  container = await cri.createContainer(
    sandbox,
    shellConfig(BUSYBOX, script, { logPath: 'main.log', stdin: true }),
    config,
  );
  await cri.startContainer(container);
});
test.after.always(async () => {
  cri?.close();
  await containerd?.stop();
});

async function text(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function exec(command: readonly string[], wanted = { stdin: false, tty: false }) {
  return await streams.process(await cri.exec(container, command, wanted), wanted);
}

test('a process gives its output and its errors apart, and its exit code', async (t) => {
  const run = await exec(['/bin/sh', '-c', 'echo out; echo err >&2; exit 7']);
  t.deepEqual(await Promise.all([text(run.stdout), text(run.stderr), run.end]), ['out\n', 'err\n', { exitCode: 7 }]);
  const good = await exec(['/bin/true']);
  t.deepEqual(await good.end, { exitCode: 0 });
});

test('what is written comes back whole, and the end of the input ends the process', async (t) => {
  const run = await exec(['/bin/cat'], { stdin: true, tty: false });
  const sent = Buffer.alloc(3_000_000, 'abcdefghijklmnopqrstuvwxyz\n');
  const got = text(run.stdout);
  for (let at = 0; at < sent.length; at += 100_000) await run.stdin?.write(sent.subarray(at, at + 100_000));
  run.stdin?.end();
  t.true((await got) === sent.toString());
  t.deepEqual(await run.end, { exitCode: 0 });
});

test('a terminal has the size that it is given, and one stream', async (t) => {
  const run = await exec(['/bin/sh'], { stdin: true, tty: true });
  t.is(run.stderr, undefined);
  run.resize({ columns: 91, rows: 17 });
  const got = text(run.stdout);
  await run.stdin?.write(
    Buffer.from('until stty size | grep -q "17 91"; do sleep 0.1; done; tty; echo oops >&2; exit 3\n'),
  );
  t.deepEqual(await run.end, { exitCode: 3 });
  t.regex(await got, /\/dev\/pts\/\d+\r\noops\r\n/);
});

test('a command that is not there is an end with the words of the runtime', async (t) => {
  const run = await exec(['/no/such/program']);
  const end = await run.end;
  t.regex('error' in end ? end.error : '', /no such file|not found/);
});

test('attaching gives what the container says from now on, and takes its input', async (t) => {
  const wanted = { stdin: true, tty: false };
  const run = await streams.process(await cri.attach(container, wanted), wanted);
  await run.stdin?.write(Buffer.from('hello\n'));
  for await (const bytes of run.stdout) {
    t.is(Buffer.from(bytes).toString(), 'heard hello\n');
    break;
  }
  run.close();
});

test('a connection reaches a port inside the pod, and says when nobody listens there', async (t) => {
  const forward = await streams.forward(await cri.portForward(sandbox, 80), 80);
  await forward.to.write(Buffer.from('GET / HTTP/1.0\r\n\r\n'));
  t.regex(await text(forward.from), /^HTTP\/1.[01] 200 OK[\s\S]*served\n$/);
  t.is(await forward.error, '');
  forward.close();
  const nobody = await streams.forward(await cri.portForward(sandbox, 81), 81);
  t.regex(await nobody.error, /refused/);
  nobody.close();
});

test('closing ends what is read with an error; an address serves once', async (t) => {
  const url = await cri.exec(container, ['/bin/sleep', '5'], { stdin: false, tty: false });
  const run = await streams.process(url, { stdin: false, tty: false });
  const got = text(run.stdout);
  run.close();
  await t.throwsAsync(got, { instanceOf: RuntimeStreamsError, code: 'broken' });
  await t.throwsAsync(run.end, { instanceOf: RuntimeStreamsError, code: 'broken' });
  await t.throwsAsync(streams.process(url, { stdin: false, tty: false }), {
    instanceOf: RuntimeStreamsError,
    code: 'refused',
  });
});
