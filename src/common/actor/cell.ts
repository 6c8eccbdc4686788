/**
 * An actor at run time: its mailbox, its life cycle and its children. One thing happens at a time: a handler, a
 * start or a teardown; what asks for the actor meanwhile waits. Lifecycle overtakes messages: stop, then failure,
 * then notices of watched actors, then the mailbox.
 */
import type { PendingAsk } from './ask.ts';
import { type Branch, Children } from './children.ts';
import type { Dispatcher, Runnable } from './dispatcher.ts';
import { type Host, Incarnation } from './incarnation.ts';
import { isWatchable, LocalRef, type Refusal, type Target, type Watchable, type Watcher } from './local-ref.ts';
import { Mailbox } from './mailbox.ts';
import { judge } from './supervision.ts';
import type { Token } from './timers.ts';
import type {
  Address,
  AnswerOf,
  Behavior,
  Clock,
  ExitReason,
  Logger,
  Message,
  Millis,
  Ref,
  SpawnOptions,
  Turn,
} from './types.ts';
import { Watching } from './watching.ts';

/** What all actors of a system share. */
export type Runtime = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly dispatcher: Dispatcher;
  /** How long a handler may go on after it was told to stop, before it is abandoned. */
  readonly stopWithin: Millis;
  deadLetter(to: Address, msg: Message, why: string): void;
  /** The live actor of this path, in this process. */
  find(path: string): Watchable | undefined;
};

export interface Parent {
  childEnded(path: string, why: ExitReason): void;
  childFailed(path: string, error: unknown): void;
}

type Envelope<M> = {
  readonly msg: M;
  readonly ask: PendingAsk | undefined;
  readonly token: Token | undefined;
  readonly key: string | undefined;
};
type Handler<M extends Message> = (msg: M, turn: Turn<AnswerOf<M>>) => void | Promise<void>;

/** Messages that one actor handles before the next has its turn. */
const BATCH = 50;
const DEFAULT_CAPACITY = 1_000;

export class Cell<M extends Message> implements Target<M>, Host<M>, Branch, Parent, Runnable {
  readonly path: string;
  readonly ref: LocalRef<M>;
  readonly #runtime: Runtime;
  readonly #parent: Parent;
  readonly #behavior: Behavior<M>;
  readonly #options: SpawnOptions<M>;
  readonly #mailbox: Mailbox<Envelope<M>>;
  #children: Children | undefined;
  #run: Incarnation<M> | undefined;
  /** What goes on now; `user` code can be abandoned. */
  #busy: { readonly user: boolean } | undefined;
  #scheduled = false;
  #stop: { readonly why: ExitReason; readonly byParent: boolean } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #cancelBackoff: (() => void) | undefined;
  #notices: { readonly ended: Address; readonly why: ExitReason }[] | undefined;
  #watching: Watching | undefined;
  #watchers: Set<Watcher> | undefined;
  #restarts: readonly Millis[] = [];
  #ended: ExitReason | undefined;
  #waiting: (() => void)[] | undefined;

  constructor(runtime: Runtime, parent: Parent, path: string, behavior: Behavior<M>, options: SpawnOptions<M> = {}) {
    this.path = path;
    this.#runtime = runtime;
    this.#parent = parent;
    this.#behavior = behavior;
    this.#options = options;
    this.#mailbox = new Mailbox(options.mailbox?.capacity ?? DEFAULT_CAPACITY);
    this.ref = new LocalRef(this, runtime.clock);
    this.#wake();
  }

  get clock(): Clock {
    return this.#runtime.clock;
  }

  get baseLog(): Logger {
    return this.#runtime.log;
  }

  // ---- Messages in

  accept(msg: M, ask: PendingAsk | undefined): Refusal | undefined {
    if (this.#closed) return this.#refuse(msg, 'stopped');
    // Questions never coalesce: each is owed its answer.
    const key = ask === undefined ? this.#options.mailbox?.coalesce?.(msg) : undefined;
    if (!this.#mailbox.offer({ msg, ask, token: undefined, key })) return this.#refuse(msg, 'overloaded');
    this.#wake();
    return undefined;
  }

  owe(msg: M, token: Token, key: string | undefined): void {
    this.#mailbox.offer({ msg, ask: undefined, token, key }, true);
    this.#wake();
  }

  #refuse(msg: M, why: Refusal): Refusal {
    this.#runtime.deadLetter(this.ref, msg, why);
    return why;
  }

  // ---- Turns

  turn(): number {
    this.#scheduled = false;
    let handled = 0;
    while (handled < BATCH && this.#hasWork()) {
      this.#next();
      handled += 1;
    }
    this.#wake();
    return handled;
  }

  /** Whether the actor is on its way out for good. */
  get #closed(): boolean {
    return this.#ended !== undefined || this.#stop?.byParent === true;
  }

  #hasWork(): boolean {
    if (this.#busy !== undefined || this.#ended !== undefined) return false;
    if (this.#stop !== undefined) return true;
    if (this.#cancelBackoff !== undefined) return false;
    if (this.#failure !== undefined || this.#run === undefined) return true;
    return this.#mailbox.size > 0 || (this.#notices?.length ?? 0) > 0;
  }

  #wake(): void {
    if (this.#scheduled || !this.#hasWork()) return;
    this.#scheduled = true;
    this.#runtime.dispatcher.schedule(this);
  }

  #next(): void {
    if (this.#stop?.byParent) this.#hold(this.#terminate(this.#stop.why), false);
    else if (this.#failure !== undefined) this.#hold(this.#exit({ kind: 'failed', ...this.#failure }), false);
    else if (this.#stop !== undefined) this.#hold(this.#exit(this.#stop.why), false);
    else if (this.#run === undefined) this.#start();
    else this.#receive(this.#run);
  }

  #receive(run: Incarnation<M>): void {
    const notice = this.#notices?.shift();
    if (notice !== undefined) {
      this.#terminated(run, notice);
      return;
    }
    const envelope = this.#mailbox.take();
    if (envelope !== undefined && envelope.token?.live !== false) this.#deliver(run, envelope);
  }

  #start(): void {
    const run = new Incarnation<M>(this);
    this.#run = run;
    this.#user(() => {
      const handlers = this.#behavior(run);
      if (!(handlers instanceof Promise)) {
        run.handlers = handlers;
        return undefined;
      }
      return handlers.then((made) => {
        run.handlers = made;
      });
    });
  }

  #deliver(run: Incarnation<M>, { msg, ask }: Envelope<M>): void {
    if (ask?.settled) {
      this.#runtime.deadLetter(this.ref, msg, 'its asker has given up');
      return;
    }
    const table = run.handlers?.on as Readonly<Record<string, Handler<M> | undefined>> | undefined;
    const handler = table?.[msg.type];
    if (typeof handler !== 'function') {
      ask?.fail('invalid', `it has no handler for ${msg.type}`);
      this.#runtime.deadLetter(this.ref, msg, 'no handler');
      return;
    }
    this.#user(() => handler.call(table, msg, run.turn(ask) as Turn<AnswerOf<M>>));
  }

  #terminated(run: Incarnation<M>, { ended, why }: { readonly ended: Address; readonly why: ExitReason }): void {
    this.#user(() => {
      const handlers = run.handlers;
      if (handlers?.terminated === undefined) {
        throw new Error(`${ended.path} has ended (${why.kind}), which ${this.path} watches and does not handle`, {
          cause: why.error,
        });
      }
      return handlers.terminated(ended, why);
    });
  }

  /** Runs code of the behaviour; a promise holds the actor, a throw fails it. */
  #user(code: () => void | Promise<void>): void {
    try {
      const work = code();
      if (work instanceof Promise) this.#hold(work, true);
    } catch (error) {
      this.crash(error);
    }
  }

  #hold(work: Promise<void>, user: boolean): void {
    const busy = { user };
    this.#busy = busy;
    // Work that was abandoned at stop may still settle: nobody waits for it any more.
    const release = (): boolean => {
      if (this.#busy !== busy) return false;
      this.#busy = undefined;
      return true;
    };
    work.then(
      () => release() && this.#wake(),
      (error: unknown) => release() && this.crash(error),
    );
  }

  // ---- Failure, restart and end

  crash(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  childFailed(path: string, error: unknown): void {
    this.crash(new Error(`${path} failed beyond its intensity`, { cause: error }));
  }

  /** The actor ended by itself: it restarts, ends, or ends and takes its parent along. */
  async #exit(why: ExitReason): Promise<void> {
    await this.#teardown(why);
    if (this.#closed) return;
    this.#stop = undefined;
    this.#failure = undefined;
    const { clock, log, random } = this.#runtime;
    const verdict = judge(this.#options, why, this.#restarts, clock.now(), random());
    const about = { actor: this.path, err: why.error, next: verdict };
    if (why.kind === 'failed') log.error(about, 'actor failed');
    else log.debug(about, 'actor ended');
    if (verdict.kind === 'restart') {
      this.#restarts = verdict.restarts;
      this.#cancelBackoff = clock.timer(verdict.delay, () => {
        this.#cancelBackoff = undefined;
        this.#wake();
      });
      return;
    }
    await this.#terminate(why);
    if (verdict.kind === 'escalate') this.#parent.childFailed(this.path, why.error);
  }

  async #terminate(why: ExitReason): Promise<void> {
    this.#stop = { why, byParent: true };
    this.#cancelBackoff?.();
    // Work that was told to stop often ends with an AbortError: worth no more than a debug line.
    if (this.#failure !== undefined && why.kind !== 'failed') {
      this.#runtime.log.debug({ actor: this.path, err: this.#failure.error }, 'failed while it stopped');
    }
    await this.#teardown(why);
    this.#ended = why;
    for (let left = this.#mailbox.take(); left !== undefined; left = this.#mailbox.take()) {
      left.ask?.fail('stopped', 'it stopped before it answered');
      if (left.token === undefined) this.#runtime.deadLetter(this.ref, left.msg, 'stopped');
    }
    this.#parent.childEnded(this.path, why);
    for (const watcher of this.#watchers ?? []) watcher.notice(this.ref, why);
    this.#watchers = undefined;
    for (const resolve of this.#waiting ?? []) resolve();
  }

  /** Ends the incarnation: its own resources, then its children (last started first), then the `stopped` hook. */
  async #teardown(why: ExitReason): Promise<void> {
    const run = this.#run;
    run?.end(why);
    this.#watching?.end();
    this.#watching = undefined;
    this.#notices = undefined;
    await this.#children?.stopAll(why.kind === 'failed' ? { kind: 'shutdown' } : why);
    this.#run = undefined;
    if (run?.handlers?.stopped === undefined) return;
    try {
      const hook = run.handlers.stopped(why);
      if (hook instanceof Promise) await this.#limited(hook);
    } catch (err) {
      this.#runtime.log.error({ actor: this.path, err }, 'stopped hook failed');
    }
  }

  #limited(hook: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const { clock, stopWithin } = this.#runtime;
      const cancel = clock.timer(stopWithin, () => reject(new Error(`no end within ${stopWithin} ms`)));
      hook.finally(cancel).then(resolve, reject);
    });
  }

  // ---- Stop

  /** Ends the actor for good; resolves when it has ended. */
  stop(why: ExitReason): Promise<void> {
    if (this.#ended !== undefined) return Promise.resolve();
    const ended = new Promise<void>((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
    if (this.#stop?.byParent !== true) {
      this.#stop = { why, byParent: true };
      this.#run?.abort();
      this.#abandonLater();
      this.#wake();
    }
    return ended;
  }

  stopSelf(why: ExitReason): void {
    this.#stop ??= { why, byParent: false };
    this.#wake();
  }

  #abandonLater(): void {
    const busy = this.#busy;
    if (!busy?.user) return;
    const { clock, stopWithin, log } = this.#runtime;
    const cancel = clock.timer(stopWithin, () => {
      if (this.#busy !== busy) return;
      log.error({ actor: this.path, stopWithin }, 'handler did not end when told to stop: abandoned');
      this.#busy = undefined;
      this.#wake();
    });
    this.#waiting?.push(cancel);
  }

  // ---- Children

  spawn<C extends Message>(name: string, behavior: Behavior<C>, options?: SpawnOptions<C>): Ref<C> {
    if (this.#closed) throw new Error(`${this.path} has stopped and cannot spawn ${name}`);
    this.#children ??= new Children(this.path);
    return this.#children.add(name, (path) => new Cell(this.#runtime, this, path, behavior, options)).ref;
  }

  stopChild(child: Address, why: ExitReason): Promise<void> {
    return this.#children?.stop(child, why) ?? Promise.resolve();
  }

  childEnded(path: string): void {
    this.#children?.remove(path);
  }

  child(name: string): Branch | undefined {
    return this.#children?.get(name);
  }

  // ---- Death watch

  watch(other: Address): void {
    this.#watching ??= new Watching((ended, why) => {
      this.#notices ??= [];
      this.#notices.push({ ended, why });
      this.#wake();
    });
    this.#watching.add(isWatchable(other) ? other : (this.#runtime.find(other.path) ?? other));
  }

  addWatcher(watcher: Watcher): void {
    if (this.#ended === undefined) {
      this.#watchers ??= new Set();
      this.#watchers.add(watcher);
    } else watcher.notice(this.ref, this.#ended);
  }

  removeWatcher(watcher: Watcher): void {
    this.#watchers?.delete(watcher);
  }
}
