/** Log files in memory, and the place where clients ask for them. */

import type { LogHandler, LogServer, Logs } from '../../src/agent/ports/logs.ts';

export class FakeLogs implements Logs, LogServer {
  /** Lines by path. A followed log waits for `ended` after its last line. */
  readonly lines = new Map<string, string[]>();
  #handler: LogHandler | undefined;

  serve(handler: LogHandler): () => void {
    this.#handler = handler;
    return () => {
      this.#handler = undefined;
    };
  }

  async *read(path: string, { tailLines }: { readonly tailLines?: number }): AsyncIterable<Uint8Array> {
    const lines = this.lines.get(path) ?? [];
    for (const line of tailLines === undefined ? lines : lines.slice(-tailLines)) yield Buffer.from(`${line}\n`);
  }

  /** What a client gets, as one text. */
  async ask(request: unknown): Promise<string> {
    if (this.#handler === undefined) throw new Error('nobody serves logs');
    const parts: Uint8Array[] = [];
    const write = async (bytes: Uint8Array) => void parts.push(bytes);
    await this.#handler(request, { write }, new AbortController().signal);
    return Buffer.concat(parts).toString();
  }
}
