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
  /**
   * Ends a child and resolves when it has ended ('shutdown' unless said otherwise). With its own reference an actor
   * ends itself after the current message ('done'): that call resolves at once, and `restart: 'always'` starts it again.
   */
  stop(child: Address, why?: ExitReason): Promise<void>;
  /** `terminated` is called once when the other has ended for good; at once if it already has. A restart forgets it. */
  watch(other: Address): void;
  /** A keyed timer: setting the same key again replaces it; all of them end with the actor. */
  after(delay: Millis, msg: M, key?: string): void;
  every(period: Millis, msg: M, key?: string): void;
  cancel(key: string): void;
  /** Long work must not hold the mailbox: its result comes back as a message. */
  pipe<T>(work: (signal: AbortSignal) => Promise<T>, ok: (value: T) => M, failed: (error: unknown) => M): void;
  /**
   * Does something with each of many, in order. Undefined: it is done, as it was short. Else the rest is done in parts, between
   * which others have their turns: a handler that returns the promise takes no other message before the end.
   */
  inTurns<T>(all: Iterable<T>, act: (one: T) => void): Promise<void> | undefined;
}

export type SpawnOptions<M extends Message> = {
  readonly mailbox?: {
    readonly capacity?: number; // default 1000; beyond it tell() is refused
    readonly coalesce?: (msg: M) => string | undefined; // same key: the queued one is replaced (level-triggered)
  };
  readonly restart?: 'always' | 'on-failure' | 'never'; // OTP permanent | transient | temporary; default on-failure
  readonly intensity?: { readonly restarts: number; readonly within: Millis }; // beyond it: escalate; default 5 in 60 s
  readonly backoff?: { readonly first: Millis; readonly max: Millis }; // default 100 ms doubling to 30 s
};
export type ExitReason = { readonly kind: 'done' | 'shutdown' | 'failed' | 'unreachable'; readonly error?: unknown };

export interface ActorSystem extends Pick<Context<never>, 'spawn' | 'stop' | 'clock' | 'log'> {
  /** A reference to an actor elsewhere; the wire's schemas check what crosses it, both ways. */
  remote<M extends Message>(path: string, wire: Wire<M>): Ref<M>;
  /** Serve a local actor under its path on the transport. */
  expose<M extends Message>(ref: Ref<M>, wire: Wire<M>, options?: ExposeOptions): Promise<void>;
  deadLetters(listener: (letter: { to: Address; msg: Message; why: string }) => void): void;
  /** Ends every actor, last started first; resolves when all `stopped` hooks have returned. */
  shutdown(): Promise<void>;
  /** Resolves when the system has ended: 'shutdown', or 'failed' when a failure reached the root. Never rejects. */
  readonly ended: Promise<ExitReason>;
}
export type ExposeOptions = {
  /** Default: the actor's own path. One segment may be a parameter: "/node/{node}/up" (see transport.ts). */
  readonly path?: string;
  /** Members of one queue group share the messages: each goes to one of them. */
  readonly queue?: string;
  /** How long a question from the wire may take here; its asker has its own limit. Default 30 s. */
  readonly within?: Millis;
};
export type Wire<M extends Message> = {
  readonly [K in M['type']]: { readonly msg: Schema<Named<M, K>>; readonly answer?: Schema<AnswerOf<Named<M, K>>> };
};
export type Schema<T> = { parse(input: unknown): T }; // what zod schemas satisfy
/** Real or fake. */
export interface Clock {
  /**
   * For intervals: it only goes forward, at the pace of time, whatever becomes of the wall clock. It starts as the wall clock
   * was when the process began.
   */
  now(): Millis;
  /** For timestamps that people and other machines read: milliseconds since 1970, as far as the device knows. It jumps. */
  wall(): Millis;
  /** Calls `fire` once after the delay; the function that it returns cancels it. */
  timer(delay: Millis, fire: () => void): () => void;
  /** Calls `run` once the event loop has had its turn. */
  soon(run: () => void): void;
}
export interface Logger {
  debug(o: object, msg: string): void;
  info(o: object, msg: string): void;
  warn(o: object, msg: string): void;
  error(o: object, msg: string): void;
}
export type Millis = number;
