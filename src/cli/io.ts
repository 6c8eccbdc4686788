/** All that a verb touches of the world beside the cluster, so that tests run verbs in-process. */

import type { Clock } from '../common/actor/types.ts';

/** Where output goes. */
export type Sink = {
  /** Resolves when more may be written; never rejects: a reader that is gone aborts `Io.stop` instead. */
  write(data: string | Uint8Array): Promise<void>;
  readonly isTTY: boolean;
};

/** A file whose parts are read when they are needed. */
export type ReadableFile = {
  /** In bytes, when it was opened. */
  readonly size: number;
  /** At most `length` bytes from `offset` on; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
};

/** Files as manifests and configuration need them. All reject with Node's own errors (`code` ENOENT, …). */
export type Files = {
  /** The whole file. Rejects with FileTooLarge above `limit` bytes, before more is read. */
  read(path: string, limit: number): Promise<Uint8Array>;
  /** For reading parts of a file, however large. */
  open(path: string): Promise<ReadableFile>;
  isDirectory(path: string): Promise<boolean>;
  /** Entries of a directory, sorted by name. */
  list(path: string): Promise<readonly { readonly name: string; readonly directory: boolean }[]>;
  /** Replaces the file in one step, readable by its owner alone; makes its directory. */
  write(path: string, text: string): Promise<void>;
};

/** A file or input is larger than the client reads. Sizes in bytes. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';

  constructor(path: string, limit: number) {
    super(`${path}: larger than the ${limit} bytes that are read`);
  }
}

/** Columns and rows. */
export type TerminalSize = { readonly columns: number; readonly rows: number };

/** The terminal that is both standard input and output. */
export type Terminal = {
  /** Hands over each key as it is pressed, Ctrl-C too, until the answered function is called (or the process ends). */
  raw(): () => void;
  size(): TerminalSize;
  /** Calls on each change of the size, until the answered function is called. */
  onResize(listener: () => void): () => void;
};

/** The reasons with which `Io.stop` is aborted. */
export type StopReason = 'interrupt' | 'terminate' | 'pipe';

export type Io = {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly files: Files;
  /** Standard input to its end. Rejects with FileTooLarge above `limit` bytes. */
  readStdin(limit: number): Promise<Uint8Array>;
  /** Standard input as it comes, until its end or the signal; to be read once. */
  stdin(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Undefined when standard input or output is no terminal. */
  readonly terminal: Terminal | undefined;
  /** Aborts with a StopReason: on Ctrl-C, on SIGTERM and SIGHUP, and when the reader of stdout is gone. */
  readonly stop: AbortSignal;
};
