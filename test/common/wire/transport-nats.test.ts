import { connect, type NatsConnection } from '@nats-io/transport-node';
import test from 'ava';
import { connectNats } from '../../../src/common/wire/connect.ts';
import { natsTransport } from '../../../src/common/wire/nats-transport.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { transportContract } from './transport-contract.ts';

transportContract(test, async () => {
  const server = await startNatsServer({ jetstream: false });
  const connections: NatsConnection[] = [];
  return {
    connect: async () => {
      const nc = await connectNats({ servers: server.url, name: 'test', lifetime: 'short' });
      connections.push(nc);
      return { transport: natsTransport(nc), close: () => nc.close() };
    },
    stop: async () => {
      await Promise.all(connections.map((nc) => nc.close()));
      await server.stop();
    },
  };
});

test('a path that has no subject is refused', async (t) => {
  const server = await startNatsServer({ jetstream: false });
  t.teardown(() => server.stop());
  const nc = await connectNats({ servers: server.url, name: 'test', lifetime: 'short' });
  t.teardown(() => nc.close());
  const transport = natsTransport(nc);
  for (const path of ['/a/*', '/a/>', '/a b', '/', '', '/a//b', '/{node}']) {
    t.throws(() => transport.send(path, 'x', new Uint8Array()), { instanceOf: RangeError }, path);
  }
  await t.throwsAsync(
    transport.serve('/{a}/{b}', () => {}),
    { instanceOf: RangeError },
  );
  const large = new Uint8Array(2_000_000);
  t.throws(() => transport.send('/a', 'x', large), { message: /2000000 bytes; the NATS server takes 1048576/ });
});

test('serving a subject that the permissions deny is an error', async (t) => {
  const permissions = 'permissions: { subscribe: { deny: "bramble.secret.>" } }';
  const server = await startNatsServer({
    jetstream: false,
    config: `authorization { users = [ { user: u, password: p, ${permissions} } ] }`,
  });
  t.teardown(() => server.stop());
  const nc = await connect({ servers: server.url, user: 'u', pass: 'p' });
  t.teardown(() => nc.close());
  await t.throwsAsync(
    natsTransport(nc).serve('/secret', () => {}),
    { message: /ermissions/ },
  );
});
