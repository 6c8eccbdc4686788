/** The live streams of containers, at the addresses that the runtime gives (Cri.exec, attach, portForward). */

import type { WantedStreams } from './cri.ts';

/**
 * - `unreachable`: nobody serves the address
 * - `refused`: the runtime answers, but with no streams; `message` holds its words
 * - `broken`: the connection ended before its streams did, or what came over it is no SPDY/3.1
 */
export type RuntimeStreamsErrorCode = 'unreachable' | 'refused' | 'broken';

export class RuntimeStreamsError extends Error {
  override readonly name = 'RuntimeStreamsError';
  readonly code: RuntimeStreamsErrorCode;

  constructor(code: RuntimeStreamsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Bytes on their way to the runtime. */
export interface Writer {
  /** Resolves when more may be written. Rejects with RuntimeStreamsError when the other end takes no more. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more comes; what the other end still says can be read. */
  end(): void;
}

/** Columns and rows of a terminal. */
export type TerminalSize = { readonly columns: number; readonly rows: number };

/** How a process ended: its exit code, or why the runtime does not know one. */
export type ProcessEnd = { readonly exitCode: number } | { readonly error: string };

/** A process's streams. Each is to be read; what is not read holds the process back. */
export interface ProcessStreams {
  /** Undefined when it was not wanted. */
  readonly stdin: Writer | undefined;
  readonly stdout: AsyncIterable<Uint8Array>;
  /** Undefined with a terminal, which has one stream for both. */
  readonly stderr: AsyncIterable<Uint8Array> | undefined;
  readonly end: Promise<ProcessEnd>;
  /** Without a terminal it does nothing. */
  resize(size: TerminalSize): void;
  /** Ends the connection; what is being read ends with an error. */
  close(): void;
}

/** One TCP connection to a port inside a pod. */
export interface ForwardStreams {
  readonly to: Writer;
  readonly from: AsyncIterable<Uint8Array>;
  /** Resolves at its end: with the runtime's words when it could not be made or broke, else with an empty text. */
  readonly error: Promise<string>;
  close(): void;
}

export interface RuntimeStreams {
  /** The streams at an address of Cri.exec or Cri.attach. Rejects with RuntimeStreamsError. */
  process(url: string, wanted: WantedStreams): Promise<ProcessStreams>;
  /** A connection at an address of Cri.portForward. Rejects with RuntimeStreamsError. */
  forward(url: string, port: number): Promise<ForwardStreams>;
}
