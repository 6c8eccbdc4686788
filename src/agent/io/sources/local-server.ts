/**
 * The agent's socket on its own device: HTTP on a unix socket that only root may use. It is bound in a folder of its own and
 * then moved, so that at no time anybody else can open it and an old socket is replaced in one step.
 */

import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Logger } from '../../../common/actor/types.ts';
import {
  applyRequest,
  deleteRequest,
  type LocalFailureCode,
  localSocketName,
  maxLocalBytes,
  streamErrorTrailer,
} from '../../../common/wire/local-protocol.ts';
import { type StreamEnd, StreamError } from '../../../common/wire/stream.ts';
import { type LocalHandlers, LocalRefusal, type LocalServer } from '../../ports/local-server.ts';
import type { ClientHandler } from '../../ports/stream-server.ts';
import { wordsOf } from '../system-errors.ts';

const CONNECTIONS = 64;
const codes: Readonly<Record<LocalFailureCode, number>> = { invalid: 422, 'not-found': 404, failed: 500 };

export function createLocalServer(runDir: string, log: Logger): LocalServer {
  const path = join(runDir, localSocketName);
  let handlers: LocalHandlers | undefined;
  let logs: ClientHandler | undefined;
  /** Opened and closed one after the other: an agent's parts may start anew. */
  let turn: Promise<void> = Promise.resolve();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method !== 'POST') throw new LocalRefusal('invalid', `method ${request.method}: accepted is POST`);
      const body = await bodyOf(request);
      if (request.url === '/v1/logs') return await stream(body, response);
      if (handlers === undefined) throw new LocalRefusal('failed', 'the agent is starting');
      send(response, 200, await call(handlers, request.url ?? '', body));
    } catch (error) {
      if (!(error instanceof LocalRefusal)) log.error({ error, url: request.url }, 'a request on the socket failed');
      const { code, message } =
        error instanceof LocalRefusal ? error : { code: 'failed' as const, message: String(error) };
      send(response, codes[code], { code, message });
    }
  }

  async function stream(body: unknown, response: ServerResponse): Promise<void> {
    if (logs === undefined) throw new LocalRefusal('failed', 'the agent is starting');
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const begin = (): void => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/plain', trailer: streamErrorTrailer });
    };
    const write = async (bytes: Uint8Array): Promise<void> => {
      begin();
      if (response.write(bytes) || gone.signal.aborted) return;
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    };
    try {
      await logs(body, outOnly(write), gone.signal);
      begin();
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!(error instanceof StreamError)) throw error;
      if (!response.headersSent)
        throw new LocalRefusal(error.code === 'not-found' ? 'not-found' : 'failed', error.message);
      response.addTrailers({ [streamErrorTrailer]: encodeURIComponent(error.message) });
    }
    response.end();
  }

  return {
    serve(given) {
      handlers = given;
      const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 30_000 }, (request, response) => {
        void answer(request, response);
      });
      server.maxConnections = CONNECTIONS;
      turn = turn.then(() =>
        open(server, runDir, path).catch((error: unknown) => {
          log.error({ path, error: wordsOf(error) }, 'the socket for people on this device can not be made');
        }),
      );
      return () => {
        handlers = undefined;
        turn = turn.then(() => close(server, path));
      };
    },
    streams: {
      serve(stream, _limit, handler) {
        if (stream !== 'logs') return () => {};
        logs = handler;
        return () => {
          logs = undefined;
        };
      },
    },
  };
}

/** An end of a stream to which only bytes go. */
function outOnly(write: StreamEnd['write']): StreamEnd {
  return {
    write,
    say: async () => {},
    finish: () => {},
    receive: async function* nothing() {},
  };
}

async function call(handlers: LocalHandlers, url: string, body: unknown): Promise<unknown> {
  switch (url) {
    case '/v1/status':
      return await handlers.status();
    case '/v1/pods':
      return await handlers.pods();
    case '/v1/top':
      return await handlers.top();
    case '/v1/apply':
      return await handlers.apply(checked(applyRequest, body));
    case '/v1/delete':
      return await handlers.delete(checked(deleteRequest, body));
    default:
      throw new LocalRefusal('not-found', `${url}: this agent knows status, pods, top, apply, delete and logs`);
  }
}

function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new LocalRefusal('invalid', `${issue?.path.join('.')}: ${issue?.message}`);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxLocalBytes)
      throw new LocalRefusal('invalid', `larger than the ${maxLocalBytes} bytes that are accepted`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString() || '{}');
  } catch {
    throw new LocalRefusal('invalid', 'the body is no JSON');
  }
}

function send(response: ServerResponse, code: number, body: unknown): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(code, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}

async function open(server: Server, runDir: string, path: string): Promise<void> {
  await mkdir(runDir, { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(join(runDir, '.agent-'));
  try {
    const bound = join(folder, localSocketName);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(bound, () => resolve());
    });
    await chmod(bound, 0o600);
    await rename(bound, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function close(server: Server, path: string): Promise<void> {
  const listening = server.listening;
  server.close();
  server.closeAllConnections();
  if (!listening) return;
  await rm(path, { force: true });
}
