/** A port of loopback that takes no connections: as one behind a filter that drops what is sent to it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const LISTEN = `const s = require('net').createServer(); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(String(s.address().port)); process.kill(process.pid, 'SIGSTOP'); });`;
/** More than the kernel completes for a backlog of one. */
const FILL = 4;

export type DeafPort = { readonly port: number; close(): Promise<void> };

export async function openDeafPort(): Promise<DeafPort> {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [text] = await once(child.stdout, 'data');
  const port = Number(String(text));
  const sockets: Socket[] = [];
  for (let count = 0; count < FILL; count += 1) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {
      // The child's end.
    });
    sockets.push(socket);
  }
  await Promise.all(sockets.slice(0, 2).map((socket) => once(socket, 'connect')));
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
      await exited;
    },
  };
}
