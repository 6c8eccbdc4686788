/** Image archives that clients send to the device, and how they come into the runtime's image store. */

/** One archive under way: `digest` is its `sha256:…`, which is its name here. */
export type ArchiveId = string;

/**
 * - `unsupported`: the runtime's store takes no archives; the message says what to do
 * - `corrupt`: the bytes are not those of the digest; they are gone
 * - `failed`: the disk or the runtime refused; the message holds its words
 */
export type ImageStoreErrorCode = 'unsupported' | 'corrupt' | 'failed';

export class ImageStoreError extends Error {
  override readonly name = 'ImageStoreError';
  readonly code: ImageStoreErrorCode;

  constructor(code: ImageStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type ArchiveContent = {
  /** The archive's own names for its images. */
  readonly names: readonly string[];
  /** Another name for its only image. */
  readonly as?: string | undefined;
  /** To take for another platform than the device's, as `linux/arm64`. */
  readonly platform?: string | undefined;
};

/** Whatever fails rejects with ImageStoreError; `check` also with the CriError of a runtime that does not answer. */
export interface ImageStore {
  /** Rejects with `unsupported` where archives can not be imported. */
  check(): Promise<void>;
  /** Bytes that the disk of archives has left. */
  room(): Promise<number>;
  /** How many bytes of the archive are here already: 0 for a new one. Kept over a restart of the agent. */
  have(id: ArchiveId): Promise<number>;
  /** Adds bytes behind those that are here; answers with how many there are then. */
  append(id: ArchiveId, bytes: Uint8Array): Promise<number>;
  /**
   * Checks the digest, brings the archive's images into the runtime's store, kept from its garbage collection, and forgets
   * the archive. Answers with the full names.
   */
  importArchive(id: ArchiveId, what: ArchiveContent): Promise<readonly string[]>;
  discard(id: ArchiveId): Promise<void>;
  /** Takes one of its names from an image that has others. */
  untag(name: string): Promise<void>;
  /** Archives that are here in part or whole, and since when nothing was added, in milliseconds. */
  list(): Promise<readonly { readonly id: ArchiveId; readonly idle: number }[]>;
}
