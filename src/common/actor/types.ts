/**
 * The kernel's vocabulary: messages, references, contexts and the system. Types only; nothing here runs.
 */
/** A message is plain data told apart by `type`. A question also carries, in its type only, its answer. */
export type Message = { readonly type: string };
declare const answer: unique symbol;
export type Asks<A> = { readonly [answer]?: A };
export type AnswerOf<M> = typeof answer extends keyof M ? (M extends Asks<infer A> ? A : never) : never;
type Named<M extends Message, K extends string> = Extract<M, { type: K }>;
type Question<M extends Message> = M extends unknown ? (typeof answer extends keyof M ? M : never) : never;

/** An actor is a function from its context to a table of handlers; a restart calls the function again. */
export type Behavior<M extends Message> = (self: Context<M>) => Handlers<M> | Promise<Handlers<M>>;
export type Handlers<M extends Message> = {
  readonly on: {
    readonly [K in M['type']]: (msg: Named<M, K>, turn: Turn<AnswerOf<Named<M, K>>>) => void | Promise<void>;
  };
  /** A watched actor is gone. Not handling it makes the watcher fail too, as in Pekko's death pact. */
  terminated?(ref: Address, why: ExitReason): void | Promise<void>;
  /** Last call before stop or restart: release what the behaviour opened. */
  stopped?(why: ExitReason): void | Promise<void>;
};
/** One delivery: `reply` may be kept and called later, once; `signal` aborts when the actor stops. */
export type Turn<A> = {
  readonly reply: [A] extends [never] ? never : (answer: A) => void;
  readonly signal: AbortSignal;
};

export type Address = { readonly path: string }; // "/agents/pi-7/pods": also its NATS subject, with dots
export interface Ref<M extends Message> extends Address {
  /** At most once. False: the mailbox was full, or nobody is there; the message went to dead letters. */
  tell(msg: M): boolean;
  /** Rejects with AskError ('timeout' | 'overloaded' | 'stopped' | 'failed'); never waits without a limit. */
  ask<K extends Question<M>['type']>(msg: Named<M, K>, within: Millis): Promise<AnswerOf<Named<M, K>>>;
}

export interface Context<M extends Message> {
  readonly ref: Ref<M>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  spawn<C extends Message>(name: string, behavior: Behavior<C>, options?: SpawnOptions<C>): Ref<C>;
  stop(child: Address, why?: ExitReason): Promise<void>;
  watch(other: Address): void;
  /** A keyed timer: setting the same key again replaces it; all of them end with the actor. */
  after(delay: Millis, msg: M, key?: string): void;
  every(period: Millis, msg: M, key?: string): void;
  cancel(key: string): void;
  /** Long work must not hold the mailbox: its result comes back as a message. */
  pipe<T>(work: (signal: AbortSignal) => Promise<T>, ok: (value: T) => M, failed: (error: unknown) => M): void;
}

export type SpawnOptions<M extends Message> = {
  readonly mailbox?: {
    readonly capacity?: number; // default 1000; beyond it tell() is refused
    readonly coalesce?: (msg: M) => string | undefined; // same key: the queued one is replaced (level-triggered)
  };
  readonly restart?: 'always' | 'on-failure' | 'never'; // OTP permanent | transient | temporary
  readonly intensity?: { readonly restarts: number; readonly within: Millis }; // beyond it: escalate to the parent
  readonly backoff?: { readonly first: Millis; readonly max: Millis };
};
export type ExitReason = { readonly kind: 'done' | 'shutdown' | 'failed' | 'unreachable'; readonly error?: unknown };

export interface ActorSystem extends Pick<Context<never>, 'spawn' | 'stop' | 'clock' | 'log'> {
  /** A reference to an actor elsewhere; the wire's schemas check what crosses it, both ways. */
  remote<M extends Message>(path: string, wire: Wire<M>): Ref<M>;
  /** Serve a local actor under its path on the transport. */
  expose<M extends Message>(ref: Ref<M>, wire: Wire<M>): Promise<void>;
  deadLetters(listener: (letter: { to: Address; msg: Message; why: string }) => void): void;
  shutdown(): Promise<void>;
}
export type Wire<M extends Message> = {
  readonly [K in M['type']]: { readonly msg: Schema<Named<M, K>>; readonly answer?: Schema<AnswerOf<Named<M, K>>> };
};
export type Schema<T> = { parse(input: unknown): T }; // what zod schemas satisfy
export interface Clock {
  now(): Millis;
  timer(delay: Millis, fire: () => void): () => void;
} // real or fake
export interface Logger {
  debug(o: object, msg: string): void;
  info(o: object, msg: string): void;
  warn(o: object, msg: string): void;
  error(o: object, msg: string): void;
}
export type Millis = number;
