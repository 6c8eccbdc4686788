import { existsSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import test from 'ava';
import { startNatsServer } from '../../support/nats-server.ts';

test('the test server keeps its port over a restart, and stop removes its folder', async (t) => {
  const server = await startNatsServer();
  t.teardown(() => server.stop());
  const { port, pid } = server;
  const nc = await connect({ servers: server.url, reconnect: false });
  await nc.flush();
  await nc.close();
  await server.kill('SIGKILL');
  await server.restart();
  t.is(server.port, port);
  t.not(server.pid, pid);
  const again = await connect({ servers: server.url, reconnect: false });
  t.true(again.info?.jetstream);
  await again.close();
  await server.stop();
  t.false(existsSync(server.dir));
  t.throws(() => process.kill(server.pid, 0));
});

test('a server that cannot start says why', async (t) => {
  const error = await t.throwsAsync(startNatsServer({ config: 'nonsense {' }));
  t.regex(error?.message ?? '', /did not become ready/);
});
