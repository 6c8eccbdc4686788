import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { SettingsError } from '../../src/common/process/load-settings.ts';
import { main } from '../../src/master/main.ts';
import { startNatsServer } from '../support/nats-server.ts';

function flags(t: ExecutionContext, server: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-master-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return [`--server=${server}`, `--data-dir=${dir}`, `--run-dir=${dir}`];
}

/** Greets as a nats-server of that version does, and answers pings. */
async function serverThatSays(t: ExecutionContext, version: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write(
      `INFO ${JSON.stringify({ server_id: 'x', version, proto: 1, headers: true, max_payload: 1e6, jetstream: true })}\r\n`,
    );
    socket.on('data', (data) => {
      if (data.toString().includes('PING')) socket.write('PONG\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `nats://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('a master on a nats-server that is too old says which version it found and which it needs', async (t) => {
  const url = await serverThatSays(t, '2.9.25');
  const error = await t.throwsAsync(main(flags(t, url), new AbortController().signal), { instanceOf: SettingsError });
  t.regex(error?.message ?? '', /is 2\.9\.25: 2\.10\.0 or newer is needed/);
});

test('a master on a nats-server without JetStream says what to switch on', async (t) => {
  const nats = await startNatsServer({ jetstream: false });
  t.teardown(() => nats.stop());
  const error = await t.throwsAsync(main(flags(t, nats.url), new AbortController().signal), {
    instanceOf: SettingsError,
  });
  t.regex(error?.message ?? '', /has JetStream switched off: switch it on/);
});

test('a master that waits for a nats-server that is not there says so, and ends when it is told to', async (t) => {
  const args = ['--import=tsx', 'src/main.ts', 'master', ...flags(t, 'nats://127.0.0.1:1'), '--log-level=info'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let said = '';
  for await (const part of child.stderr) {
    said += String(part);
    if (said.includes('NATS does not answer')) break;
  }
  t.regex(said, /nats:\/\/127\.0\.0\.1:1/);
  child.kill('SIGTERM');
  t.deepEqual(await ended, [0, null]);
});
