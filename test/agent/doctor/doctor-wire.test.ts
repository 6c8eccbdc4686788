import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../../src/common/process/free-port.ts';
import { startApi } from '../../support/api-rig.ts';
import { runBramble } from '../../support/cluster.ts';
import { startTestContainerd } from '../../support/containerd.ts';
import { openDeafPort } from '../../support/deaf-port.ts';
import { type NatsServerOptions, startNatsServer } from '../../support/nats-server.ts';
import { piFiles } from '../../support/pi-files.ts';
import { selfSigned, timedCertificates } from '../../support/self-signed.ts';

type Report = {
  readonly findings: readonly { readonly id: string; readonly summary: string; readonly exitCode: number }[];
};

async function doctor(root: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ran = await runBramble(['doctor', `--root=${root}`, '-o', 'json', ...args], env);
  if (ran.stdout === '') throw new Error(ran.stderr);
  return { findings: (JSON.parse(ran.stdout) as Report).findings, code: ran.code };
}

async function nats(t: ExecutionContext, options: NatsServerOptions): Promise<string> {
  const server = await startNatsServer({ jetstream: false, ...options });
  t.teardown(() => server.stop());
  return server.url;
}

function device(t: ExecutionContext): string {
  const { root } = piFiles('bookworm');
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** The findings about NATS alone. */
async function natsOf(
  t: ExecutionContext,
  server: string,
  more: readonly string[] = [],
  env = {},
): Promise<readonly string[]> {
  const { findings } = await doctor(device(t), [`--server=${server}`, ...more], env);
  const about = findings.filter(({ id }) => id.startsWith('nats-'));
  t.log(about.map(({ summary }) => summary).join('\n'));
  return about.map(({ id }) => id);
}

/** A key and a certificate in a folder. */
function certificate(t: ExecutionContext, pem: string): { readonly config: string; readonly cert: string } {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-tls-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  writeFileSync(key, selfSigned.key);
  writeFileSync(cert, pem);
  return { cert, config: `tls { cert_file: "${cert}", key_file: "${key}" }` };
}

test('a server that lets the device in is no finding', async (t) => {
  t.deepEqual(await natsOf(t, await nats(t, {})), []);
});

test('an unknown name, a closed port and a silent one are told apart', async (t) => {
  t.deepEqual(await natsOf(t, 'nats://nats.invalid:4222'), ['nats-name']);
  t.deepEqual(await natsOf(t, `nats://127.0.0.1:${await freePort()}`), ['nats-port-refused']);
  const deaf = await openDeafPort();
  t.teardown(() => deaf.close());
  t.deepEqual(await natsOf(t, `nats://127.0.0.1:${deaf.port}`), ['nats-port-silent']);
});

test('what listens and is no NATS server, and an old nats-server, are told', async (t) => {
  /** Greets, and answers a ping. */
  const serve = async (greeting: string): Promise<string> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (said) => void (String(said).includes('PING') && socket.write('PONG\r\n')));
      socket.write(greeting);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => void server.close());
    return `nats://127.0.0.1:${(server.address() as { port: number }).port}`;
  };
  t.deepEqual(await natsOf(t, await serve('SSH-2.0-OpenSSH_9.2\r\n')), ['nats-no-nats']);
  const info = { server_id: 'X', version: '2.9.10', proto: 1, headers: true, max_payload: 1048576 };
  t.deepEqual(await natsOf(t, await serve(`INFO ${JSON.stringify(info)}\r\n`)), ['nats-version']);
});

test('a certificate of nobody, for another name, of the past and of the future are told apart', async (t) => {
  const tls = (url: string) => url.replace('nats://', 'tls://');
  const unknown = certificate(t, selfSigned.cert);
  t.deepEqual(await natsOf(t, tls(await nats(t, { config: unknown.config }))), ['nats-tls-unknown']);
  const named = await nats(t, { config: unknown.config });
  t.deepEqual(await natsOf(t, named, [], { NODE_EXTRA_CA_CERTS: unknown.cert }), ['nats-tls-name']);
  const past = certificate(t, timedCertificates.past);
  t.deepEqual(await natsOf(t, await nats(t, { config: past.config })), ['nats-tls-expired']);
  const future = certificate(t, timedCertificates.future);
  t.deepEqual(await natsOf(t, await nats(t, { config: future.config })), ['nats-tls-early']);
  const good = certificate(t, timedCertificates.good);
  const address = await nats(t, { config: good.config });
  const known = { NODE_EXTRA_CA_CERTS: good.cert };
  t.deepEqual(await natsOf(t, address.replace('127.0.0.1', 'localhost'), [], known), []);
  const byAddress = certificate(t, timedCertificates.address);
  const only = await nats(t, { config: byAddress.config });
  const trusted = { NODE_EXTRA_CA_CERTS: byAddress.cert };
  t.deepEqual(await natsOf(t, tls(only), [], trusted), []);
  t.deepEqual(await natsOf(t, only, [], trusted), ['nats-tls-name']);
  t.deepEqual(await natsOf(t, tls(await nats(t, {}))), ['nats-tls-failed']);
});

test('a list of servers may name the scheme once, and no address is beyond the doctor', async (t) => {
  const url = await nats(t, {});
  const closed = `127.0.0.1:${await freePort()}`;
  t.deepEqual(await natsOf(t, `${url},${closed}`), ['nats-port-refused']);
  for (const server of ['nats://127.0.0.1:99999', 'nats://%zz', 'ws://127.0.0.1:4222', `${url},`]) {
    const ran = await runBramble(['doctor', `--server=${server}`]);
    t.is(ran.code, 2);
    t.regex(ran.stderr, /^error: --server: must be a NATS address/);
  }
});

test('credentials that are missing, expired and refused are told apart', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-creds-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const server = await nats(t, { config: 'authorization { user: one, password: two }' });
  t.deepEqual(await natsOf(t, server), ['nats-credentials-refused']);
  t.deepEqual(await natsOf(t, server, [`--creds=${dir}/none.creds`]), ['nats-credentials-unreadable']);
  writeFileSync(join(dir, 'wrong.creds'), 'hello');
  t.deepEqual(await natsOf(t, server, [`--creds=${dir}/wrong.creds`]), ['nats-credentials-unreadable']);
  const creds = (claims: object): string => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const jwt = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}.${Buffer.alloc(64).toString('base64url')}`;
    const seed = 'SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY';
    return `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
  };
  writeFileSync(join(dir, 'old.creds'), creds({ exp: 1_600_000_000 }));
  t.deepEqual(await natsOf(t, server, [`--creds=${dir}/old.creds`]), ['nats-credentials-expired']);
  writeFileSync(join(dir, 'new.creds'), creds({ exp: 4_000_000_000 }));
  t.deepEqual(await natsOf(t, server, [`--creds=${dir}/new.creds`]), ['nats-credentials-refused']);
});

test('a runtime without a socket, without a listener and without CRI v1 are told apart', async (t) => {
  const root = device(t);
  const socket = join(root, 'run/containerd/containerd.sock');
  mkdirSync(join(root, 'run/containerd'), { recursive: true });
  const runtime = async () => {
    const { findings } = await doctor(root, ['--server=nats://127.0.0.1:1']);
    return findings.flatMap(({ id, summary }) => (id.startsWith('runtime-') ? [{ id, summary }] : []));
  };
  t.like(await runtime(), [{ id: 'runtime-missing' }]);
  const own = join(root, 'run/bramble/containerd');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'containerd.sock'), '');
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/bin/containerd'), '');
  const [up] = await runtime();
  t.regex(up?.summary ?? '', /Nobody listens on \/run\/bramble\/containerd\/containerd.sock/);
  rmSync(own, { recursive: true });
  writeFileSync(socket, '');
  t.like(await runtime(), [{ id: 'runtime-down' }]);
  rmSync(socket);
  const server = createHttp2();
  server.on('stream', (stream: ServerHttp2Stream) => {
    const words = 'unknown service runtime.v1.RuntimeService';
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': words },
      { endStream: true },
    );
  });
  server.listen(socket);
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const [found] = await runtime();
  t.is(found?.id, 'runtime-not-cri-v1');
  t.regex(found?.summary ?? '', /unknown service runtime.v1.RuntimeService/);
});

test('a disk with little room and a full one are told apart', async (t) => {
  const root = device(t);
  const data = join(root, 'var/lib/bramble');
  mkdirSync(data, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', data]);
  t.teardown(() => execFileSync('umount', [data]));
  const disk = async () => {
    const { findings } = await doctor(root, ['--server=nats://127.0.0.1:1']);
    return findings.map(({ id }) => id).filter((id) => id.startsWith('disk-'));
  };
  t.deepEqual(await disk(), []);
  writeFileSync(join(data, 'ballast'), Buffer.alloc(950 * 1024));
  t.deepEqual(await disk(), ['disk-low']);
  writeFileSync(join(data, 'more'), Buffer.alloc(64 * 1024));
  t.deepEqual(await disk(), ['disk-full']);
});

test('one server that lets the device in is enough: the others are warnings', async (t) => {
  const closed = `nats://127.0.0.1:${await freePort()}`;
  const { findings, code } = await doctor(device(t), [
    `--server=${await nats(t, {})},${closed}`,
    '--only=nats-port-refused',
  ]);
  t.like(findings, [{ id: 'nats-port-refused', severity: 'warning' }]);
  t.is(code, 42);
});

test('a machine-id that another Node of the cluster has is told with its name; the own Node is no other', async (t) => {
  const { api, server } = await startApi(t);
  const root = device(t);
  const machineID = '3d1219c7c4c5404aaa1f6d2a48adfda4';
  for (const name of ['pi-1', 'pi-2']) {
    const node = await api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
    await api.updateStatus({ resource: 'nodes', name }, { ...node, status: { nodeInfo: { machineID } } });
  }
  const args = [`--server=${server.url}`, '--node=pi-1', '--only=machine-id-duplicate'];
  const { findings, code } = await doctor(root, args);
  t.is(code, 17);
  t.is(findings[0]?.summary, 'The machine-id is also that of pi-2.');
  await api.delete({ resource: 'nodes', name: 'pi-2' });
  t.deepEqual((await doctor(root, args)).findings, []);
});

test('a runtime that is silent, and one that is ready, are told apart', async (t) => {
  const root = device(t);
  mkdirSync(join(root, 'run/containerd'), { recursive: true });
  const socket = join(root, 'run/containerd/containerd.sock');
  const silent = createServer((connection) => connection.on('error', () => {})).listen(socket);
  await once(silent, 'listening');
  const runtime = async () => {
    const { findings } = await doctor(root, ['--server=nats://127.0.0.1:1']);
    return findings.map(({ id }) => id).filter((id) => id.startsWith('runtime-'));
  };
  t.deepEqual(await runtime(), ['runtime-silent']);
  silent.close();
  rmSync(socket, { force: true });
  const containerd = await startTestContainerd();
  t.teardown(() => containerd.stop());
  symlinkSync(containerd.socket, socket);
  t.deepEqual(await runtime(), []);
});
