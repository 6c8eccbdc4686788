import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import test, { type ExecutionContext } from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { endNats, NatsProcessError, type NatsProcessOptions, startNats } from '../../../src/master/io/nats-process.ts';
import { isNewEnough, natsVersionIn } from '../../../src/master/io/nats-version.ts';

function options(t: ExecutionContext, more: Partial<NatsProcessOptions> = {}): NatsProcessOptions {
  const dataDir = mkdtempSync(join(tmpdir(), 'bramble-nats-process-'));
  const all = {
    binary: 'nats-server',
    host: '127.0.0.1',
    port: 0,
    dataDir,
    clock: realClock,
    log: silentLogger,
    ...more,
  };
  t.teardown(async () => {
    await endNats(dataDir, realClock);
    rmSync(dataDir, { recursive: true, force: true });
  });
  return all;
}

function program(t: ExecutionContext, script: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-program-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'nats-server');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the owned server takes connections on the loopback address, has JetStream, and ends when told', async (t) => {
  const server = await startNats(options(t));
  t.regex(server.url, /^nats:\/\/127\.0\.0\.1:\d+$/);
  const nc = await connect({ servers: server.url });
  t.true(nc.info?.jetstream);
  await nc.close();
  await server.stop();
  await server.ended;
  t.throws(() => process.kill(server.pid, 0), { code: 'ESRCH' });
});

test('a server left by a master that was killed is ended before the next one opens its store', async (t) => {
  const same = options(t);
  const first = await startNats(same);
  const second = await startNats(same);
  await first.ended;
  t.not(first.pid, second.pid);
  await second.stop();
});

test('a server that dies is noticed', async (t) => {
  const server = await startNats(options(t));
  process.kill(server.pid, 'SIGKILL');
  await t.notThrowsAsync(server.ended);
});

test('a program that is not there is told with what to install', async (t) => {
  const error = await t.throwsAsync(startNats(options(t, { binary: '/nowhere/nats-server' })), {
    instanceOf: NatsProcessError,
  });
  t.is(error?.code, 'missing');
  t.regex(error?.message ?? '', /install nats-server 2\.10\.0 or newer/);
});

test('a server that is too old is refused with the version found', async (t) => {
  const binary = program(t, 'echo "nats-server: v2.9.10"');
  const error = await t.throwsAsync(startNats(options(t, { binary })), { instanceOf: NatsProcessError });
  t.is(error?.code, 'too-old');
  t.regex(error?.message ?? '', /is 2\.9\.10: nats-server 2\.10\.0 or newer is needed/);
});

test('a port that is taken is told with the server’s own words', async (t) => {
  const first = await startNats(options(t));
  const port = Number(new URL(first.url).port);
  const error = await t.throwsAsync(startNats(options(t, { port })), { instanceOf: NatsProcessError });
  t.is(error?.code, 'failed');
  t.regex(error?.message ?? '', /address already in use/);
  await first.stop();
});

test('versions are compared by number', (t) => {
  t.is(natsVersionIn('nats-server: v2.10.27\n'), '2.10.27');
  for (const good of ['2.10.0', '2.10.27', '2.11.0-RC.1', '3.0.0']) t.true(isNewEnough(good), good);
  for (const bad of ['2.9.10', '1.20.30', 'nonsense', '2.9']) t.false(isNewEnough(bad), bad);
});
