/** Log files in memory. */

import type { Logs } from '../../src/agent/ports/logs.ts';

export class FakeLogs implements Logs {
  /** Lines by path. */
  readonly lines = new Map<string, string[]>();

  async *read(path: string, { tailLines }: { readonly tailLines?: number }): AsyncIterable<Uint8Array> {
    const lines = this.lines.get(path) ?? [];
    for (const line of tailLines === undefined ? lines : lines.slice(-tailLines)) yield Buffer.from(`${line}\n`);
  }
}
