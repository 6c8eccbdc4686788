/** Where static pods are read from: a directory, a URL, and what is kept of them on the device's disk. */

/** A file that is there: what is in it, or why it can not be read. */
export type ManifestFile = { readonly name: string } & (
  | { readonly content: Uint8Array }
  | { readonly problem: string }
);

export interface ManifestDir {
  readonly path: string;
  /**
   * The manifests in it, by name: regular files (also through symbolic links) without dot files and `~` back-ups, bounded in
   * size and number. A directory that is missing is empty; `problem` says why it can not be listed: then nothing is known.
   */
  list(): Promise<{ readonly files: readonly ManifestFile[] } | { readonly problem: string }>;
  /** Calls `changed` soon after something may have changed, also where the directory is made later or anew, until the returned function is called. */
  watch(changed: () => void): () => void;
}

/** What the URL answered: a content, that it is the one with that ETag, or why there is none. */
export type UrlAnswer =
  | { readonly content: Uint8Array; readonly etag: string | undefined }
  | { readonly unchanged: true }
  | { readonly problem: string };

export interface ManifestUrl {
  readonly url: string;
  /** `etag`: of the content that is known. Never rejects: what fails is a problem, in words. */
  get(etag: string | undefined, signal: AbortSignal): Promise<UrlAnswer>;
}

/** A small file of the agent's own that survives a power cut whole. */
export interface KeptFile {
  /** `undefined` when there is none; `problem` when there is one that can not be used. */
  load(): Promise<{ readonly content: Uint8Array } | { readonly problem: string } | undefined>;
  /** On the disk when it resolves; rejects with KeptFileError when the disk does not take it. */
  save(content: Uint8Array): Promise<void>;
}

export class KeptFileError extends Error {
  override readonly name = 'KeptFileError';
}
