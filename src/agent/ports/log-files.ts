/** The files of containers' logs, for their rotation. */

import type { LogFile } from '../core/node/log-rotation.ts';

export type { LogFile } from '../core/node/log-rotation.ts';

import type { PodName } from './pod-files.ts';

/** All log files of one container of a pod. */
export type ContainerLogs = {
  readonly pod: PodName;
  readonly container: string;
  readonly dir: string;
  readonly files: readonly LogFile[];
};

/** What is done to a file rejects with LogFilesError. */
export class LogFilesError extends Error {
  override readonly name = 'LogFilesError';
  /** `full`: there is no space left. */
  readonly code: 'full' | 'failed';

  constructor(code: 'full' | 'failed', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface LogFiles {
  /** Of every container that has logs; what cannot be read is left out. Reads no file. */
  list(): Promise<readonly ContainerLogs[]>;
  /** Names are those of `files`. What is not there any more is removed already. */
  remove(dir: string, name: string): Promise<void>;
  /** Replaces a file with its gzip, under `to`, in one step: it is there whole or not at all. Keeps its time. */
  compress(dir: string, name: string, to: string): Promise<void>;
}
