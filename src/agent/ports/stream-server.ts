/** Where clients ask for streams. Main fills it with serveStream on the node's subjects. */

import type { StreamEnd } from '../../common/wire/stream.ts';
import type { NodeStream } from '../../common/wire/subjects.ts';

/** Serves one client; what it resolves with is the client's result, and a StreamError reaches it with its words. */
export type ClientHandler = (request: unknown, end: StreamEnd, signal: AbortSignal) => Promise<unknown>;

export interface StreamServer {
  /** At most `limit` clients at once. Answers with the function that ends the service. */
  serve(stream: NodeStream, limit: number, handler: ClientHandler): () => void;
}
