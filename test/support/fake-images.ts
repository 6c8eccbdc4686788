/** The device's registries, store of archives and server of image questions, in memory. */

import { createHash } from 'node:crypto';
import type { ImageHandler, ImageServer } from '../../src/agent/ports/image-server.ts';
import { type ArchiveContent, type ImageStore, ImageStoreError } from '../../src/agent/ports/image-store.ts';
import type { Registries } from '../../src/agent/ports/registries.ts';
import type { ImagesAnswer, ImagesRequest, PieceRequest } from '../../src/common/wire/images-protocol.ts';

export class FakeImageStore implements ImageStore {
  readonly archives = new Map<string, Uint8Array>();
  readonly imported: string[] = [];
  /** Bytes that the disk has left. */
  left = 1e12;
  /** What is idle for how long; else 0. */
  readonly idle = new Map<string, number>();
  unsupported: string | undefined;
  /** Resolves when an import may end. */
  importing: Promise<void> = Promise.resolve();

  check = async () => {
    if (this.unsupported !== undefined) throw new ImageStoreError('unsupported', this.unsupported);
  };
  room = async () => this.left;
  have = async (id: string) => this.archives.get(id)?.length ?? 0;
  append = async (id: string, bytes: Uint8Array) => {
    const all = Buffer.concat([this.archives.get(id) ?? Buffer.alloc(0), bytes]);
    this.archives.set(id, all);
    return all.length;
  };
  importArchive = async (id: string, { names, as }: ArchiveContent) => {
    await this.importing;
    const bytes = this.archives.get(id) ?? Buffer.alloc(0);
    this.archives.delete(id);
    if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== id) {
      throw new ImageStoreError('corrupt', 'the archive is not what was sent');
    }
    const images = as === undefined ? names : [as];
    this.imported.push(...images);
    return images;
  };
  discard = async (id: string) => void this.archives.delete(id);
  readonly untagged: string[] = [];
  untag = async (name: string) => void this.untagged.push(name);
  list = async () => [...this.archives.keys()].map((id) => ({ id, idle: this.idle.get(id) ?? 0 }));
}

export class FakeImageServer implements ImageServer {
  #handler: ImageHandler | undefined;

  serve = (handler: ImageHandler) => {
    this.#handler = handler;
    return () => {
      this.#handler = undefined;
    };
  };

  async ask<R extends ImagesRequest | PieceRequest>(request: R): Promise<ImagesAnswer<R['verb']>> {
    if (this.#handler === undefined) throw new Error('nobody serves images');
    return (await this.#handler(request)) as ImagesAnswer<R['verb']>;
  }
}

export class FakeRegistries implements Registries {
  readonly silent = new Set<string>();
  readonly asked: string[] = [];

  reachable = async (host: string) => {
    this.asked.push(host);
    return !this.silent.has(host);
  };
}
