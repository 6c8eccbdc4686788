/** The file system that the runtime keeps images on. */

import type { Room } from '../core/gc/image-gc.ts';

export type { Room } from '../core/gc/image-gc.ts';

/** `unreadable`: its path is not known, or can not be looked at; `message` says why. */
export class ImageFsError extends Error {
  override readonly name = 'ImageFsError';
  readonly code: 'unreadable';

  constructor(code: 'unreadable', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface ImageFs {
  /** Rejects with ImageFsError, or with CriError while the runtime is away. */
  room(): Promise<Room>;
}
