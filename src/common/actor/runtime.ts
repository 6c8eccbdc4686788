/** What all actors of a system share. */
import type { Dispatcher } from './dispatcher.ts';
import type { Watchable } from './local-ref.ts';
import type { Address, Clock, Logger, Message, Millis } from './types.ts';

export type Runtime = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly dispatcher: Dispatcher;
  /** How long a handler may go on after it was told to stop, before it is abandoned. */
  readonly stopWithin: Millis;
  readonly deadLetter: (to: Address, msg: Message, why: string) => void;
  /** The live actor of this path, in this process. */
  readonly find: (path: string) => Watchable | undefined;
};
