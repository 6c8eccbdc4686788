/** Pages over plain HTTP: few, small, bounded, and nothing that is asked can end the process. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from '../actor/types.ts';
import type { PageServer, ServedPage } from '../metrics/page-server.ts';

const CONNECTIONS = 32;
/** Pages that are made at the same time. */
const AT_ONCE = 4;

/** `port` 0: none is served. `listening` is told the port, which is another than `port` only in tests. */
export function createPageServer(
  address: string,
  port: number,
  log: Logger,
  listening: (port: number) => void = () => {},
): PageServer {
  return {
    serve(pages) {
      let making = 0;
      const server = createServer(
        { maxHeaderSize: 8_192, requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 60_000 },
        (request, response) => {
          request.resume();
          response.on('error', () => response.destroy());
          void respond(request, response);
        },
      );
      async function respond({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
        const head = method === 'HEAD';
        if (method !== 'GET' && !head) return refuse(response, 405, 'accepted are GET and HEAD');
        const path = url.replace(/\?.*/s, '');
        const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
        if (page === undefined) return refuse(response, path === '/' ? 200 : 404, Object.keys(pages).join('\n'));
        if (making >= AT_ONCE) return refuse(response, 503, 'too many at once: try again');
        making += 1;
        const made = await page().then(
          (body) => () => send(response, 200, body, head),
          (error: unknown) => {
            log.warn({ error, path }, 'a page could not be made');
            return () => refuse(response, 503, error instanceof Error ? error.message : String(error));
          },
        );
        making -= 1;
        made();
      }
      server.maxConnections = CONNECTIONS;
      server.on('clientError', (_error, socket) => socket.destroy());
      server.on('error', (error) => log.error({ address, port, error }, 'the pages for Prometheus can not be served'));
      server.listen(port, address, () => {
        const bound = server.address();
        if (typeof bound === 'object' && bound !== null) listening(bound.port);
        log.info({ address, port }, 'serves pages for Prometheus');
      });
      return () => {
        server.close();
        server.closeAllConnections();
      };
    },
  };
}

function refuse(response: ServerResponse, code: number, words: string): void {
  send(response, code, { type: 'text/plain; charset=utf-8', body: `${words}\n` }, false);
}

function send(response: ServerResponse, code: number, { type, body }: ServedPage, head: boolean): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(head ? undefined : body);
}
