/** The life of an actor: it starts, fails or ends by itself, restarts after a pause, and ends for good. */
import { type Host, Incarnation } from './incarnation.ts';
import type { Runtime } from './runtime.ts';
import { judge, type Policy } from './supervision.ts';
import type { ExitReason, Message, Millis } from './types.ts';
import type { Work } from './work.ts';

/** What the life cycle needs of its actor. */
export interface Mortal<M extends Message> extends Host<M> {
  /** Ends what belongs to the incarnation beside its own resources: its watches, then its children. */
  release(why: ExitReason): Promise<void> | undefined;
  /** Says to all whom it concerns that the actor has ended for good. */
  bury(why: ExitReason): void;
  /** Takes the parent along. */
  escalate(error: unknown): void;
}

/** `ending`: told to stop, by itself or by its parent, or failed. `pausing`: until its restart. */
export type Stage = 'starting' | 'running' | 'ending' | 'pausing' | 'ended';

export class Lifecycle<M extends Message> {
  readonly #actor: Mortal<M>;
  readonly #work: Work;
  readonly #runtime: Runtime;
  readonly #policy: Policy;
  #run: Incarnation<M> | undefined;
  #stop: { readonly why: ExitReason; readonly byParent: boolean } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #cancelBackoff: (() => void) | undefined;
  #restarts: readonly Millis[] = [];
  #ended: ExitReason | undefined;
  #waiting: (() => void)[] | undefined;

  constructor(actor: Mortal<M>, work: Work, runtime: Runtime, policy: Policy) {
    this.#actor = actor;
    this.#work = work;
    this.#runtime = runtime;
    this.#policy = policy;
  }

  get stage(): Stage {
    if (this.#ended !== undefined) return 'ended';
    if (this.#stop !== undefined) return 'ending';
    if (this.#cancelBackoff !== undefined) return 'pausing';
    if (this.#failure !== undefined) return 'ending';
    return this.#run === undefined ? 'starting' : 'running';
  }

  get run(): Incarnation<M> | undefined {
    return this.#run;
  }

  /** Why the actor has ended for good, if it has. */
  get ended(): ExitReason | undefined {
    return this.#ended;
  }

  /** Whether the actor is on its way out for good. */
  get closed(): boolean {
    return this.#ended !== undefined || this.#stop?.byParent === true;
  }

  begin(): Incarnation<M> {
    this.#run = new Incarnation(this.#actor);
    return this.#run;
  }

  crash(error: unknown): void {
    this.#failure ??= { error };
    this.#work.wake();
  }

  stopSelf(why: ExitReason): void {
    this.#stop ??= { why, byParent: false };
    this.#work.wake();
  }

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
      const cancel = this.#work.abandonLater();
      if (cancel !== undefined) this.#waiting?.push(cancel);
      this.#work.wake();
    }
    return ended;
  }

  /** Does what the stage `ending` asks for: a stop by the parent comes before a failure, and that before the actor's own. */
  end(): Promise<void> {
    if (this.#stop?.byParent) return this.#terminate(this.#stop.why);
    if (this.#failure !== undefined) return this.#exit({ kind: 'failed', ...this.#failure });
    return this.#stop === undefined ? Promise.resolve() : this.#exit(this.#stop.why);
  }

  /** The actor ended by itself: it restarts, ends, or ends and takes its parent along. */
  async #exit(why: ExitReason): Promise<void> {
    await this.#teardown(why);
    if (this.closed) return;
    this.#stop = undefined;
    this.#failure = undefined;
    const { clock, log, random } = this.#runtime;
    const verdict = judge(this.#policy, why, this.#restarts, clock.now(), random());
    const about = { actor: this.#actor.path, err: why.error, next: verdict };
    if (why.kind === 'failed') log.error(about, 'actor failed');
    else log.debug(about, 'actor ended');
    if (verdict.kind === 'restart') {
      this.#restarts = verdict.restarts;
      this.#cancelBackoff = clock.timer(verdict.delay, () => {
        this.#cancelBackoff = undefined;
        this.#work.wake();
      });
      return;
    }
    await this.#terminate(why);
    if (verdict.kind === 'escalate') this.#actor.escalate(why.error);
  }

  async #terminate(why: ExitReason): Promise<void> {
    this.#stop = { why, byParent: true };
    this.#cancelBackoff?.();
    // Work that was told to stop often ends with an AbortError: worth no more than a debug line.
    if (this.#failure !== undefined && why.kind !== 'failed') {
      this.#runtime.log.debug({ actor: this.#actor.path, err: this.#failure.error }, 'failed while it stopped');
    }
    await this.#teardown(why);
    this.#ended = why;
    this.#actor.bury(why);
    for (const resolve of this.#waiting ?? []) resolve();
  }

  /** Ends the incarnation: its own resources, then its children (last started first), then the `stopped` hook. */
  async #teardown(why: ExitReason): Promise<void> {
    const run = this.#run;
    run?.end(why);
    await this.#actor.release(why);
    this.#run = undefined;
    if (run?.handlers?.stopped === undefined) return;
    try {
      const hook = run.handlers.stopped(why);
      if (hook instanceof Promise) await this.#limited(hook);
    } catch (err) {
      this.#runtime.log.error({ actor: this.#actor.path, err }, 'stopped hook failed');
    }
  }

  #limited(hook: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const { clock, stopWithin } = this.#runtime;
      const cancel = clock.timer(stopWithin, () => reject(new Error(`no end within ${stopWithin} ms`)));
      hook.finally(cancel).then(resolve, reject);
    });
  }
}
