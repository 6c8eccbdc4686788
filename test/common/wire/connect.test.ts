import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { ConnectError, connectNats } from '../../../src/common/wire/connect.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { selfSigned, timedCertificates } from '../../support/self-signed.ts';

const short = { name: 'test', lifetime: 'short' } as const;

async function codeOf(servers: string): Promise<string> {
  const begin = performance.now();
  try {
    await (await connectNats({ ...short, servers })).close();
    return 'connected';
  } catch (error) {
    if (performance.now() - begin > 5_000) return 'too late';
    return error instanceof ConnectError ? error.code : String(error);
  }
}

test('a short-lived client is told within 5 s why it cannot connect', async (t) => {
  const locked = await startNatsServer({ jetstream: false, config: 'authorization { user: u, password: p }' });
  t.teardown(() => locked.stop());
  const sockets: Socket[] = [];
  const mute = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    // The NATS client leaves the socket of an attempt that timed out open.
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
  const address = mute.address();
  const mutePort = typeof address === 'object' && address !== null ? address.port : 0;

  t.is(await codeOf(locked.url), 'auth');
  t.is(await codeOf(`nats://127.0.0.1:${mutePort}`), 'timeout');
  await locked.kill('SIGKILL');
  t.is(await codeOf(locked.url), 'unreachable');
  t.is(await codeOf('nats://no-such-host.invalid:4222'), 'unreachable');
});

test('a credentials file that cannot be read is named', async (t) => {
  await t.throwsAsync(connectNats({ ...short, servers: 'nats://127.0.0.1:1', creds: '/nowhere/creds' }), {
    instanceOf: ConnectError,
    message: /\/nowhere\/creds/,
  });
});

test('a long-lived connection outlives its server', async (t) => {
  const server = await startNatsServer({ jetstream: false });
  t.teardown(() => server.stop());
  const nc = await connectNats({ servers: server.url, name: 'test', lifetime: 'long' });
  t.teardown(() => nc.close());
  const back = (async (): Promise<void> => {
    for await (const status of nc.status()) if (status.type === 'reconnect') return;
  })();
  await server.kill('SIGKILL');
  await server.restart();
  await back;
  await t.notThrowsAsync(nc.flush());
});

test.serial('a connection that is lost comes back at once although the wall clock was put back by a day', async (t) => {
  const server = await startNatsServer({ jetstream: false });
  t.teardown(() => server.stop());
  const nc = await connectNats({ servers: server.url, name: 'test', lifetime: 'long' });
  t.teardown(() => nc.close());
  const back = (async (): Promise<void> => {
    for await (const status of nc.status()) if (status.type === 'reconnect') return;
  })();
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  await server.kill('SIGKILL');
  Date.now = () => now() - 86_400_000;
  await server.restart();
  const late = new Promise<string>((resolve) => setTimeout(() => resolve('late'), 8_000).unref());
  t.is(await Promise.race([back, late]), undefined);
});

test('tls:// is TLS or nothing, and checks a certificate for the address where there is no name', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-tls-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  writeFileSync(key, selfSigned.key);
  writeFileSync(cert, timedCertificates.address);
  const secure = await startNatsServer({
    jetstream: false,
    config: `tls { cert_file: "${cert}", key_file: "${key}" }`,
  });
  t.teardown(() => secure.stop());
  const plain = await startNatsServer({ jetstream: false });
  t.teardown(() => plain.stop());
  const connects = async (...servers: readonly string[]): Promise<string> => {
    const script = `
      import { connectNats } from ${JSON.stringify(resolve('src/common/wire/connect.ts'))};
      const nc = await connectNats({ name: 'test', lifetime: 'short', servers: ${JSON.stringify(servers.join(','))} });
      await nc.flush();
      await nc.close();
      console.log('connected');`;
    // The authority is given as a user gives it: Node reads it when it starts.
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: cert };
    const args = ['--import=tsx', '--input-type=module', '-e', script];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env }).catch((error) => error);
    return /connected/.test(stdout) ? 'connected' : String(stderr);
  };
  const tls = (url: string) => url.replace('nats://', 'tls://');
  t.is(await connects(tls(secure.url)), 'connected');
  t.is(await connects(`tls://127.0.0.1:1`, tls(secure.url)), 'connected');
  t.regex(await connects(tls(secure.url).replace('127.0.0.1', '127.0.0.2')), /altnames|ECONNREFUSED|refused/);
  t.regex(await connects(tls(plain.url)), /tls/);
});
