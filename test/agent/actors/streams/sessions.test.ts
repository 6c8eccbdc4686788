import test from 'ava';
import { RuntimeStreamsError } from '../../../../src/agent/ports/runtime-streams.ts';
import { StreamError } from '../../../../src/common/wire/stream.ts';
import { createDevice } from '../../../support/device.ts';
import type { FakeSession } from '../../../support/fake-runtime-streams.ts';
import { aPod } from '../../../support/pod-builder.ts';

async function running() {
  const device = createDevice();
  const agent = await device.boot();
  device.master.want(aPod());
  await agent.poke();
  const session = async (): Promise<FakeSession> => {
    await device.clock.settle();
    const last = device.runtimeStreams.sessions.at(-1);
    if (last === undefined) throw new Error('no session was opened');
    return last;
  };
  return { ...device, agent, session };
}
const web = { namespace: 'default', pod: 'web' };

test('a command has its input, its output and errors apart, its terminal sizes, and its exit code', async (t) => {
  const { agent, clients, session, clock, cri } = await running();
  const asked: unknown[] = [];
  cri.streamUrl = (method, _id, args) => {
    asked.push([method, ...args]);
    return 'http://127.0.0.1:1/x';
  };
  const client = clients.open('exec', { ...web, command: ['cat', '-n'], stdin: true });
  const process = await session();
  t.deepEqual(asked, [['exec', 'cat', '-n']]);
  client.send('typed');
  client.send({ columns: 80, rows: 24 });
  client.send(undefined);
  await clock.settle();
  t.is(String(process.stdin.read()), 'typed');
  t.deepEqual(process.sizes, [{ columns: 80, rows: 24 }]);
  t.true(process.stdin.writableEnded);
  process.stdout.write('out');
  process.stderr.write('err');
  process.exit({ exitCode: 7 });
  t.deepEqual(await client.result, { exitCode: 7 });
  t.deepEqual([client.said('out'), client.said('err')], ['out', 'err']);
  t.true(process.closed);
  await agent.crash();
});

test('a client that leaves ends its connection to the runtime, and hangs its terminal up', async (t) => {
  const { agent, clients, session, clock } = await running();
  const piped = clients.open('exec', { ...web, command: ['cat'], stdin: true });
  const first = await session();
  piped.leave();
  await t.throwsAsync(piped.result, { instanceOf: StreamError, code: 'closed' });
  t.true(first.closed);
  const typed = clients.open('exec', { ...web, command: ['sh'], stdin: true, tty: true });
  const second = await session();
  typed.leave();
  await clock.settle();
  t.deepEqual([...second.stdin.read()], [3, 4]);
  t.false(second.closed, 'it has a moment to end');
  await clock.advance(2000);
  await t.throwsAsync(typed.result, { code: 'closed' });
  t.true(second.closed);
  const attached = clients.open('attach', { ...web, stdin: true, tty: true });
  const third = await session();
  attached.leave();
  await t.throwsAsync(attached.result, { code: 'closed' });
  t.is(third.stdin.read(), null, "a container's own process is not interrupted");
  await agent.crash();
});

test('what is not a request, or not of a pod that runs here, is refused in words', async (t) => {
  const { agent, clients, cri, runtimeStreams } = await running();
  const refusal = (stream: 'exec' | 'attach' | 'portforward', request: object, code: string, message?: RegExp) =>
    t.throwsAsync(clients.open(stream, request).result, { instanceOf: StreamError, code, ...(message && { message }) });
  await refusal('exec', { ...web, command: [] }, 'invalid', /^command: /);
  await refusal('exec', { ...web, command: ['sh'], container: 'none' }, 'not-found');
  await refusal('exec', { namespace: 'other', pod: 'web', command: ['sh'] }, 'not-found');
  await refusal('portforward', { ...web, port: 70_000 }, 'invalid', /^port: /);
  await refusal('portforward', { namespace: 'default', pod: 'nobody', port: 80 }, 'not-running');
  // One that was made by somebody else, of no pod.
  const [box] = cri.sandboxes.values();
  if (box !== undefined) cri.sandboxes.set('foreign', { ...box, id: 'foreign', labels: {} });
  await refusal('portforward', { namespace: 'default', pod: 'foreign', port: 80 }, 'not-running');
  runtimeStreams.failing = new RuntimeStreamsError('unreachable', '127.0.0.1:1: connection refused');
  await refusal('attach', web, 'failed', /refused/);
  await agent.crash();
});

test('input that says what it may not ends the command', async (t) => {
  const { agent, clients, session } = await running();
  const client = clients.open('exec', { ...web, command: ['sh'], stdin: true, tty: true });
  const process = await session();
  client.send({ columns: -1, rows: 'many' });
  await t.throwsAsync(client.result, { instanceOf: StreamError, code: 'invalid', message: /columns/ });
  t.true(process.closed);
  await agent.crash();
});

test('a forwarded connection ends in each direction for itself, and tells why it could not be made', async (t) => {
  const { agent, clients, session, clock } = await running();
  const client = clients.open('portforward', { ...web, port: 80 });
  const connection = await session();
  client.send('GET');
  client.send(undefined);
  await clock.settle();
  t.is(String(connection.stdin.read()), 'GET');
  connection.stdout.end('200');
  await clock.settle();
  t.true(client.finished());
  t.is(client.said(), '200');
  connection.exit({ exitCode: 0 });
  await t.notThrowsAsync(client.result);
  const nobody = clients.open('portforward', { ...web, port: 81 });
  (await session()).exit({ error: 'connection refused' });
  await t.throwsAsync(nobody.result, { instanceOf: StreamError, code: 'failed', message: /refused/ });
  await agent.crash();
});

test('logs are followed into the next attempts of a container, until nothing of the pod is left', async (t) => {
  const { agent, clients, cri, logs, clock, master } = await running();
  for (const attempt of [0, 1, 2]) logs.lines.set(`app/${attempt}.log`, [`attempt ${attempt}`]);
  const once = clients.open('logs', { ...web, follow: true });
  await once.result;
  t.is(once.said(), 'attempt 0\n', 'without knowing that it is restarted, its end is the end');
  const client = clients.open('logs', { ...web, follow: true, restartPolicy: 'Always' });
  for (const attempt of [0, 1]) {
    const [container] = cri.running();
    t.is(container?.attempt, attempt);
    cri.exit(container?.id ?? '', 1);
    await clock.advance(30_000);
  }
  t.is(client.said(), 'attempt 0\nattempt 1\nattempt 2\n');
  master.unwant('Pod', 'web');
  await agent.poke();
  await clock.advance(60_000);
  await t.notThrowsAsync(client.result);
  const limited = clients.open('logs', { ...web, limitBytes: 3 });
  await t.throwsAsync(limited.result, { code: 'not-found' });
  await agent.crash();
});
