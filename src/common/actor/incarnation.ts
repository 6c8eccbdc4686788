/**
 * One run of an actor's behaviour, from start to restart or stop: the context that the behaviour sees. Nothing of it
 * outlives it: timers, pipes, watches and unanswered questions all end here.
 */
import { setMaxListeners } from 'node:events';
import type { PendingAsk } from './ask.ts';
import type { Dispatcher } from './dispatcher.ts';
import { inTurns } from './in-turns.ts';
import { Timers, type Token } from './timers.ts';
import type {
  Address,
  Behavior,
  Clock,
  Context,
  ExitReason,
  Handlers,
  Logger,
  Message,
  Millis,
  Ref,
  SpawnOptions,
  Turn,
} from './types.ts';

/** What an incarnation needs of its actor. */
export interface Host<M extends Message> {
  readonly path: string;
  readonly ref: Ref<M>;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly baseLog: Logger;
  spawn<C extends Message>(name: string, behavior: Behavior<C>, options?: SpawnOptions<C>): Ref<C>;
  stopChild(child: Address, why: ExitReason): Promise<void>;
  stopSelf(why: ExitReason): void;
  watch(other: Address): void;
  /** Takes a message of the actor's own, beyond the mailbox's capacity if need be. */
  owe(msg: M, token: Token, key: string | undefined): void;
  crash(error: unknown): void;
}

export class Incarnation<M extends Message> implements Context<M>, Token {
  handlers: Handlers<M> | undefined;
  readonly #host: Host<M>;
  #live = true;
  #aborted = false;
  #abort: AbortController | undefined;
  #timers: Timers<M> | undefined;
  #asks: Set<PendingAsk> | undefined;
  #log: Logger | undefined;
  /** What every message that is told gets: it has no answer to carry. */
  #told: Delivery | undefined;

  constructor(host: Host<M>) {
    this.#host = host;
  }

  get live(): boolean {
    return this.#live;
  }

  get ref(): Ref<M> {
    return this.#host.ref;
  }

  get clock(): Clock {
    return this.#host.clock;
  }

  get log(): Logger {
    this.#log ??= named(this.#host.path, this.#host.baseLog);
    return this.#log;
  }

  /** Made when first asked for: most actors never look at it, and it is the costliest part of one. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      // All that the actor has under way listens: that they are many is no leak.
      setMaxListeners(0, this.#abort.signal);
      if (this.#aborted) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  spawn<C extends Message>(name: string, behavior: Behavior<C>, options?: SpawnOptions<C>): Ref<C> {
    if (!this.#live) throw new Error(`${this.#host.path} has stopped and cannot spawn ${name}`);
    return this.#host.spawn(name, behavior, options);
  }

  async stop(child: Address, why?: ExitReason): Promise<void> {
    if (child === this.#host.ref) {
      if (this.#live) this.#host.stopSelf(why ?? { kind: 'done' });
      return;
    }
    await this.#host.stopChild(child, why ?? { kind: 'shutdown' });
  }

  watch(other: Address): void {
    if (this.#live) this.#host.watch(other);
  }

  after(delay: Millis, msg: M, key?: string): void {
    if (this.#live) this.#keyed().after(delay, msg, key);
  }

  every(period: Millis, msg: M, key?: string): void {
    if (this.#live) this.#keyed().every(period, msg, key);
  }

  cancel(key: string): void {
    this.#timers?.cancel(key);
  }

  pipe<T>(work: (signal: AbortSignal) => Promise<T>, ok: (value: T) => M, failed: (error: unknown) => M): void {
    if (!this.#live) return;
    const deliver = (message: () => M): void => {
      if (!this.#live) return;
      try {
        this.#host.owe(message(), this, undefined);
      } catch (error) {
        this.#host.crash(error);
      }
    };
    const started = async (): Promise<T> => work(this.signal);
    started().then(
      (value) => deliver(() => ok(value)),
      (error: unknown) => deliver(() => failed(error)),
    );
  }

  inTurns<T>(all: Iterable<T>, act: (one: T) => void): Promise<void> | undefined {
    return inTurns(this.#host, all, act, () => this.#live);
  }

  /** The turn of one message. With a question, from here on the incarnation owes an answer, and rejects at its end. */
  turn(ask: PendingAsk | undefined): Turn<unknown> {
    if (ask === undefined) {
      this.#told ??= new Delivery(this, () => {});
      return this.#told;
    }
    this.#asks ??= new Set();
    ask.heldIn(this.#asks);
    return new Delivery(this, (answer) => ask.answer(answer));
  }

  /** Tells work under way that the actor is about to stop. */
  abort(): void {
    this.#aborted = true;
    this.#abort?.abort();
  }

  end(why: ExitReason): void {
    this.#live = false;
    this.abort();
    this.#timers?.cancelAll();
    for (const ask of [...(this.#asks ?? [])]) {
      if (why.kind === 'failed') ask.fail('failed', `it failed: ${text(why.error)}`, why.error);
      else ask.fail('stopped', 'it stopped before it answered');
    }
  }

  #keyed(): Timers<M> {
    this.#timers ??= new Timers(this.#host.clock, (msg, token, key) => this.#host.owe(msg, token, key));
    return this.#timers;
  }
}

class Delivery implements Turn<unknown> {
  readonly reply: (answer: unknown) => void;
  readonly #run: { readonly signal: AbortSignal };

  constructor(run: { readonly signal: AbortSignal }, reply: (answer: unknown) => void) {
    this.#run = run;
    this.reply = reply;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function named(actor: string, log: Logger): Logger {
  return {
    debug: (o, msg) => log.debug({ actor, ...o }, msg),
    info: (o, msg) => log.info({ actor, ...o }, msg),
    warn: (o, msg) => log.warn({ actor, ...o }, msg),
    error: (o, msg) => log.error({ actor, ...o }, msg),
  };
}
