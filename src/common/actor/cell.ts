/**
 * An actor at run time: its mailbox, its life cycle and its children. One thing happens at a time: a handler, a
 * start or a teardown; what asks for the actor meanwhile waits. Lifecycle overtakes messages: stop, then failure,
 * then notices of watched actors, then the mailbox.
 */
import type { PendingAsk } from './ask.ts';
import { type Branch, Children, type Parent } from './children.ts';
import type { Dispatcher } from './dispatcher.ts';
import { deliver, deliverNotice, type Envelope, start } from './handling.ts';
import type { Incarnation } from './incarnation.ts';
import { Lifecycle, type Mortal } from './lifecycle.ts';
import { isWatchable, LocalRef, type Refusal, type Target, type Watcher } from './local-ref.ts';
import { Mailbox } from './mailbox.ts';
import type { Runtime } from './runtime.ts';
import type { Token } from './timers.ts';
import type { Address, Behavior, Clock, ExitReason, Logger, Message, Ref, SpawnOptions } from './types.ts';
import { Watching } from './watching.ts';
import { Work, type Worker } from './work.ts';

const DEFAULT_CAPACITY = 1_000;

export class Cell<M extends Message> implements Target<M>, Mortal<M>, Worker, Branch, Parent {
  readonly path: string;
  readonly ref: LocalRef<M>;
  readonly #runtime: Runtime;
  readonly #parent: Parent;
  readonly #behavior: Behavior<M>;
  readonly #options: SpawnOptions<M>;
  readonly #mailbox: Mailbox<Envelope<M>>;
  readonly #work: Work;
  readonly #life: Lifecycle<M>;
  #children: Children | undefined;
  #watching: Watching | undefined;
  #watchers: Set<Watcher> | undefined;

  constructor(runtime: Runtime, parent: Parent, path: string, behavior: Behavior<M>, options: SpawnOptions<M> = {}) {
    this.path = path;
    this.#runtime = runtime;
    this.#parent = parent;
    this.#behavior = behavior;
    this.#options = options;
    this.#mailbox = new Mailbox(options.mailbox?.capacity ?? DEFAULT_CAPACITY);
    this.#work = new Work(this, runtime);
    this.#life = new Lifecycle(this, this.#work, runtime, options);
    this.ref = new LocalRef(this, runtime.clock);
    this.#work.wake();
  }

  get clock(): Clock {
    return this.#runtime.clock;
  }

  get dispatcher(): Dispatcher {
    return this.#runtime.dispatcher;
  }

  get baseLog(): Logger {
    return this.#runtime.log;
  }

  // ---- Messages in

  accept(msg: M, ask: PendingAsk | undefined): Refusal | undefined {
    if (this.#life.closed) return this.#refuse(msg, 'stopped');
    // Questions never coalesce: each is owed its answer.
    const key = ask === undefined ? this.#options.mailbox?.coalesce?.(msg) : undefined;
    if (!this.#mailbox.offer({ msg, ask, token: undefined, key })) return this.#refuse(msg, 'overloaded');
    this.#work.wake();
    return undefined;
  }

  owe(msg: M, token: Token, key: string | undefined): void {
    this.#mailbox.offer({ msg, ask: undefined, token, key }, true);
    this.#work.wake();
  }

  #refuse(msg: M, why: Refusal): Refusal {
    this.#runtime.deadLetter(this.ref, msg, why);
    return why;
  }

  // ---- Work

  get ready(): boolean {
    const { stage } = this.#life;
    if (stage === 'running') return this.#mailbox.size > 0 || (this.#watching?.size ?? 0) > 0;
    return stage === 'starting' || stage === 'ending';
  }

  step(): void {
    if (this.#life.stage === 'ending') this.#work.kernel(this.#life.end());
    else if (this.#life.run === undefined) this.#work.user(() => start(this.#life.begin(), this.#behavior));
    else this.#receive(this.#life.run);
  }

  #receive(run: Incarnation<M>): void {
    const notice = this.#watching?.take();
    if (notice !== undefined) {
      this.#work.user(() => deliverNotice(run, notice, this.path));
      return;
    }
    const envelope = this.#mailbox.take();
    if (envelope === undefined || envelope.token?.live === false) return;
    this.#work.user(() => deliver(run, envelope, this.#runtime));
  }

  // ---- Life cycle

  crash(error: unknown): void {
    this.#life.crash(error);
  }

  stop(why: ExitReason): Promise<void> {
    return this.#life.stop(why);
  }

  stopSelf(why: ExitReason): void {
    this.#life.stopSelf(why);
  }

  release(why: ExitReason): Promise<void> | undefined {
    this.#watching?.end();
    this.#watching = undefined;
    return this.#children?.stopAll(why.kind === 'failed' ? { kind: 'shutdown' } : why);
  }

  bury(why: ExitReason): void {
    for (let left = this.#mailbox.take(); left !== undefined; left = this.#mailbox.take()) {
      left.ask?.fail('stopped', 'it stopped before it answered');
      if (left.token === undefined) this.#runtime.deadLetter(this.ref, left.msg, 'stopped');
    }
    this.#parent.childEnded(this.path, why);
    for (const watcher of this.#watchers ?? []) watcher.notice(this.ref, why);
    this.#watchers = undefined;
  }

  escalate(error: unknown): void {
    this.#parent.childFailed(this.path, error);
  }

  // ---- Children

  spawn<C extends Message>(name: string, behavior: Behavior<C>, options?: SpawnOptions<C>): Ref<C> {
    if (this.#life.closed) throw new Error(`${this.path} has stopped and cannot spawn ${name}`);
    this.#children ??= new Children(this.path);
    return this.#children.add(name, (path) => new Cell(this.#runtime, this, path, behavior, options)).ref;
  }

  stopChild(child: Address, why: ExitReason): Promise<void> {
    return this.#children?.stop(child, why) ?? Promise.resolve();
  }

  childEnded(path: string): void {
    this.#children?.remove(path);
  }

  childFailed(path: string, error: unknown): void {
    this.crash(new Error(`${path} failed beyond its intensity`, { cause: error }));
  }

  child(name: string): Branch | undefined {
    return this.#children?.get(name);
  }

  // ---- Death watch

  watch(other: Address): void {
    this.#watching ??= new Watching(() => this.#work.wake());
    this.#watching.add(isWatchable(other) ? other : (this.#runtime.find(other.path) ?? other));
  }

  addWatcher(watcher: Watcher): void {
    const { ended } = this.#life;
    if (ended === undefined) {
      this.#watchers ??= new Set();
      this.#watchers.add(watcher);
    } else watcher.notice(this.ref, ended);
  }

  removeWatcher(watcher: Watcher): void {
    this.#watchers?.delete(watcher);
  }
}
