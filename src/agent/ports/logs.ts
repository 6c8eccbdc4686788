/** Containers' logs, and who asks for them. */

/** A container's log file in CRI format, as a stream of lines. */
export interface Logs {
  read(
    path: string,
    options: {
      readonly follow: boolean;
      readonly timestamps: boolean;
      readonly tailLines?: number;
      readonly sinceMillis?: number;
    },
    ended: () => boolean,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
}

/** Produces one stream of bytes for a client; a StreamError reaches the client with its words. */
export type LogHandler = (
  request: unknown,
  sink: { write(bytes: Uint8Array): Promise<void> },
  signal: AbortSignal,
) => Promise<void>;
/** Where clients ask for logs. Main fills it with serveStream on the node's subject. */
export interface LogServer {
  /** Answers with the function that ends the service. */
  serve(handler: LogHandler): () => void;
}
