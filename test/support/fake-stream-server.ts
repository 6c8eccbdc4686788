/** The place where clients ask an agent for streams, in memory: a test is the client. */

import type { ClientHandler, StreamServer } from '../../src/agent/ports/stream-server.ts';
import { type Channel, type Piece, StreamError } from '../../src/common/wire/stream.ts';
import type { NodeStream } from '../../src/common/wire/subjects.ts';

export type FakeClient = {
  /** What came so far, as text. */
  said(channel?: Channel): string;
  /** Sends bytes, or a word; undefined: there is no more. */
  send(what: string | object | undefined): void;
  /** Goes away. */
  leave(): void;
  /** Whether the agent has said that no more comes. */
  finished(): boolean;
  readonly result: Promise<unknown>;
};

export class FakeStreamServer implements StreamServer {
  readonly #handlers = new Map<NodeStream, ClientHandler>();

  serve(stream: NodeStream, _limit: number, handler: ClientHandler): () => void {
    this.#handlers.set(stream, handler);
    return () => this.#handlers.delete(stream);
  }

  open(stream: NodeStream, request: unknown): FakeClient {
    const handler = this.#handlers.get(stream);
    if (handler === undefined) throw new Error(`nobody serves ${stream}`);
    const said: Record<Channel, Uint8Array[]> = { out: [], err: [] };
    const pieces: (Piece | undefined)[] = [];
    const gone = new AbortController();
    let wake = (): void => {};
    let finished = false;
    const result = handler(
      request,
      {
        write: async (bytes, channel = 'out') => {
          gone.signal.throwIfAborted();
          said[channel].push(bytes);
        },
        say: async () => {},
        finish: () => {
          finished = true;
        },
        receive: async function* () {
          for (;;) {
            gone.signal.throwIfAborted();
            if (pieces.length === 0) {
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
              continue;
            }
            const piece = pieces.shift();
            if (piece === undefined) return;
            yield piece;
          }
        },
      },
      gone.signal,
    );
    result.catch(() => {});
    return {
      result,
      said: (channel = 'out') => Buffer.concat(said[channel]).toString(),
      finished: () => finished,
      send: (what) => {
        if (typeof what === 'string') pieces.push({ channel: 'out', bytes: Buffer.from(what) });
        else pieces.push(what && { channel: 'word', word: what });
        wake();
      },
      leave: () => {
        gone.abort(new StreamError('closed', 'the client is gone'));
        wake();
      },
    };
  }

  /** What a client gets on `out` that sends nothing, as one text. */
  async ask(stream: NodeStream, request: unknown): Promise<string> {
    const client = this.open(stream, request);
    client.send(undefined);
    await client.result;
    return client.said();
  }
}
