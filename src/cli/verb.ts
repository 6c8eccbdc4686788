/** What every verb is: a function of the world and its call, which answers with the exit code. */

import type { Io } from './io.ts';

/** Flags that every verb takes. */
export type Globals = {
  readonly namespace?: string;
  readonly context?: string;
  readonly server?: string;
  readonly creds?: string;
};
export type Call<O> = {
  readonly args: readonly string[];
  readonly options: O;
  readonly globals: Globals;
};
/** Answers with the exit code: one of ours (errors.ts), or that of the command that it ran in a container. */
export type Verb<O> = (io: Io, call: Call<O>) => Promise<number>;
