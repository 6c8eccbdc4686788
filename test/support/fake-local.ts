/** A device's own socket and its small files, in memory. */

import type { LocalHandlers, LocalServer } from '../../src/agent/ports/local-server.ts';
import { type KeptFile, KeptFileError } from '../../src/agent/ports/manifests.ts';

export class FakeLocalServer implements LocalServer {
  handlers: LocalHandlers | undefined;
  readonly streams = { serve: () => () => {} };

  serve(handlers: LocalHandlers): () => void {
    this.handlers = handlers;
    return () => {
      this.handlers = undefined;
    };
  }

  /** What people on the device are answered by; throws while no agent serves. */
  ask(): LocalHandlers {
    if (this.handlers === undefined) throw new Error('no agent serves the socket');
    return this.handlers;
  }
}

export class FakeKeptFile implements KeptFile {
  content: Uint8Array | undefined;
  /** Why it can not be used, as when it is damaged. */
  problem: string | undefined;
  full = false;

  load = async () => {
    if (this.problem !== undefined) return { problem: this.problem };
    return this.content === undefined ? undefined : { content: this.content };
  };

  async save(content: Uint8Array): Promise<void> {
    if (this.full) throw new KeptFileError('the disk is full');
    this.content = content;
  }
}
