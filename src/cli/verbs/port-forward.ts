/** `port-forward`: local ports that lead into a pod, on a device that listens on nothing. */

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { kinds } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { ClientStream } from '../../common/wire/open-stream.ts';
import { StreamError } from '../../common/wire/stream.ts';
import { withDeviceStream } from '../device-stream.ts';
import { CliError, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { containersOf, nodeOf, podOf } from '../pods.ts';
import { type PortPair, portPair } from '../ports.ts';
import { note, say } from '../print/emit.ts';
import { keyOf, parseOne } from '../resources.ts';
import { type Session, withSession } from '../session.ts';
import { stopped } from '../until.ts';
import type { Call } from '../verb.ts';

export type PortForwardOptions = { readonly address?: readonly string[]; readonly node?: string };

export async function portForward(io: Io, { args, options, globals }: Call<PortForwardOptions>): Promise<number> {
  const [target, ...ports] = args;
  if (target === undefined || ports.length === 0)
    throw usageError('name a pod or TYPE/NAME and ports: bramble port-forward POD 8080:80');
  const named = parseOne([target], kinds.Pod);
  return await withSession(io, globals, async (session) => {
    const pod = await podOf(io, session, named, options.node);
    nodeOf(pod);
    const pairs = ports.map((text) => portPair(text, containersOf(pod)));
    const servers: Server[] = [];
    const sockets = new Set<Socket>();
    try {
      for (const pair of pairs)
        for (const address of addresses(options))
          servers.push(
            ...(await listen(io, pair, address, servers, (socket, local) => {
              sockets.add(socket);
              socket.on('close', () => sockets.delete(socket));
              void connection(io, session, pod, socket, { ...pair, local });
            })),
          );
      // Without a master nobody says when the pod is gone.
      if (options.node === undefined) await untilGone(io, session, pod);
      else await untilStop(io.stop);
    } finally {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    }
    if (io.stop.aborted) throw stopped(io);
    throw new CliError(exitCode.failed, `lost connection to pod ${pod.metadata.name}: it is gone`);
  });
}

function addresses({ address = ['localhost'] }: PortForwardOptions): readonly Address[] {
  return address.flatMap((one): readonly Address[] =>
    // The second one is a service to those who have it.
    one === 'localhost'
      ? [
          { host: '127.0.0.1', optional: false },
          { host: '::1', optional: true },
        ]
      : [{ host: one, optional: false }],
  );
}
type Address = { readonly host: string; readonly optional: boolean };

/** Listens on one address; an optional one that cannot be had is left out. Throws CliError. */
async function listen(
  io: Io,
  { local, remote }: PortPair,
  { host, optional }: Address,
  before: readonly Server[],
  take: (socket: Socket, local: number) => void,
): Promise<readonly Server[]> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen({ host, port: optional ? (portOf(before.at(-1)) ?? local) : local });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (optional) return [];
    const words = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCode.failed, `cannot listen on ${host}:${local}: ${words}`, { cause: error });
  }
  const port = portOf(server) ?? local;
  server.on('connection', (socket) => take(socket, port));
  await say(io, `Forwarding from ${host.includes(':') ? `[${host}]` : host}:${port} -> ${remote}`);
  return [server];
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' ? address?.port : undefined;
}

/** One connection, to its end; what goes wrong with it is told and ends no other. */
async function connection(
  io: Io,
  session: Session,
  pod: KubeObject,
  socket: Socket,
  { local, remote }: PortPair,
): Promise<void> {
  // Whoever reads or writes the socket hears of an error too.
  socket.on('error', () => {});
  try {
    await say(io, `Handling connection for ${local}`);
    await withDeviceStream(io, session, pod, ['portforward', { port: remote }], async (stream) => {
      const sending = send(socket, stream);
      sending.catch(() => stream.close());
      for await (const piece of stream.receive()) if (piece.channel !== 'word') await write(socket, piece.bytes);
      socket.end();
      await stream.result;
    });
    socket.end();
  } catch (error) {
    socket.destroy();
    if (io.stop.aborted || socket.errored !== null) return;
    const words = error instanceof Error ? error.message : String(error);
    await note(io, `error: forwarding ${local} -> ${remote}: ${words}`);
  }
}

async function send(socket: Socket, stream: ClientStream): Promise<void> {
  // The socket's other direction goes on after the end of this one.
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) await stream.write(bytes);
  stream.finish();
}

async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed) throw new StreamError('closed', 'the local connection is closed');
  if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

async function untilStop(stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await once(stop, 'abort');
}

/** Resolves when the pod is deleted, or at the stop. */
async function untilGone(io: Io, { api }: Session, { metadata }: KubeObject): Promise<void> {
  const { resource, namespace } = {
    namespace: undefined,
    ...keyOf(kinds.Pod, metadata.namespace ?? '', metadata.name),
  };
  const selection = { namespace, fieldSelector: `metadata.name=${metadata.name}`, signal: io.stop };
  for await (const event of api.watch(resource, selection)) if (event.type === 'DELETED') return;
}
