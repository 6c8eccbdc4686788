/** Calls the code of a behaviour: its start, its handler of a message, and that of a watched actor's end. */
import type { PendingAsk } from './ask.ts';
import type { Incarnation } from './incarnation.ts';
import type { Runtime } from './runtime.ts';
import type { Token } from './timers.ts';
import type { AnswerOf, Behavior, Message, Turn } from './types.ts';
import type { Notice } from './watching.ts';

/** A message in the mailbox. */
export type Envelope<M> = {
  readonly msg: M;
  readonly ask: PendingAsk | undefined;
  readonly token: Token | undefined;
  readonly key: string | undefined;
};
type Handler<M extends Message> = (msg: M, turn: Turn<AnswerOf<M>>) => void | Promise<void>;

export function start<M extends Message>(run: Incarnation<M>, behavior: Behavior<M>): undefined | Promise<void> {
  const handlers = behavior(run);
  if (!(handlers instanceof Promise)) {
    run.handlers = handlers;
    return undefined;
  }
  return handlers.then((made) => {
    run.handlers = made;
  });
}

/** A message that reaches no handler becomes a dead letter. */
export function deliver<M extends Message>(
  run: Incarnation<M>,
  { msg, ask }: Envelope<M>,
  { deadLetter }: Pick<Runtime, 'deadLetter'>,
): void | Promise<void> {
  if (ask?.settled) return deadLetter(run.ref, msg, 'its asker has given up');
  const table = run.handlers?.on as Readonly<Record<string, Handler<M> | undefined>> | undefined;
  const handler = table?.[msg.type];
  if (typeof handler === 'function') return handler.call(table, msg, run.turn(ask) as Turn<AnswerOf<M>>);
  ask?.fail('invalid', `it has no handler for ${msg.type}`);
  return deadLetter(run.ref, msg, 'no handler');
}

/** Throws when the behaviour does not handle the end of what the actor of `path` watches. */
export function deliverNotice<M extends Message>(
  run: Incarnation<M>,
  { ended, why }: Notice,
  path: string,
): void | Promise<void> {
  const { handlers } = run;
  if (handlers?.terminated === undefined) {
    throw new Error(`${ended.path} has ended (${why.kind}), which ${path} watches and does not handle`, {
      cause: why.error,
    });
  }
  return handlers.terminated(ended, why);
}
