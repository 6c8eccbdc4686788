/** A TCP proxy on the loopback address that counts what passes and can die in the middle of it. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type CutProxy = {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Bytes that have come from the target. */
  bytes(): number;
  /** Ends every connection, and each new one, once so many more bytes have come from the target. */
  cutAfter(bytes: number): void;
  /** Lets everything pass again. */
  mend(): void;
  stop(): Promise<void>;
};

/** `target` is `host:port`. */
export async function startCutProxy(target: string): Promise<CutProxy> {
  const [targetHost = '', targetPort = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let passed = 0;
  let limit = Number.POSITIVE_INFINITY;
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const server = createServer((client) => {
    const upstream = connect({ host: targetHost, port: Number(targetPort) });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    if (passed >= limit) {
      cut();
      return;
    }
    upstream.on('data', (part: Buffer) => {
      passed += part.length;
      if (passed >= limit) cut();
    });
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    host: `127.0.0.1:${address.port}`,
    bytes: () => passed,
    cutAfter: (bytes) => {
      limit = passed + bytes;
    },
    mend: () => {
      limit = Number.POSITIVE_INFINITY;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
