/**
 * Where a container's log goes while it storms: to a small file system in memory, from which the agent takes what may be
 * kept. The log itself stays where it is, and the agent appends to it. Whatever an agent left, killed at any instant, the
 * next one finds.
 */

/** What a drain did with what had come. */
export type Drained = { readonly kept: number; readonly dropped: number };

/** What fails rejects with LogFilesError. `path` is the log, `id` its container. */
export interface LogDiversion {
  /** Sizes of logs; undefined for one that is not there. Reads no folder. */
  sizes(paths: readonly string[]): readonly (number | undefined)[];
  /** Containers whose logs went to memory when an agent before this one ended. */
  left(): Promise<readonly string[]>;
  /** At `path` is a link into memory afterwards, for the runtime to open; the log stands aside. */
  point(path: string, id: string): Promise<void>;
  /** The log is in its place again; nothing happens when it is there already. */
  back(path: string): Promise<void>;
  /**
   * Appends what has come to the log, whole lines and at most so many bytes, then `note` of what is over, which is dropped.
   * With `all` nothing is dropped but what the disk has no room for.
   */
  drain(id: string, path: string, most: number | 'all', note: (dropped: number) => string): Promise<Drained>;
  /** Nothing comes any more: forgets the container; without any, the file system goes. */
  forget(id: string): Promise<void>;
  rename(path: string, to: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** An empty log, where there is none. */
  touch(path: string): Promise<void>;
}
