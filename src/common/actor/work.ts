/** When an actor works, and at what: in turns with the others, and at one thing at a time, which may take a while. */
import type { Runnable } from './dispatcher.ts';
import type { Runtime } from './runtime.ts';
import type { Millis } from './types.ts';

/** The actor that works. */
export interface Worker {
  readonly path: string;
  /** Whether there is something to do. */
  readonly ready: boolean;
  /** Does the next thing. */
  step(): void;
  crash(error: unknown): void;
}

/** Things that one actor does before the next has its turn, unless they take long. */
const BATCH = 50;
const LONG: Millis = 2;

export class Work implements Runnable {
  readonly #worker: Worker;
  readonly #runtime: Runtime;
  /** What goes on now; `user` code can be abandoned. */
  #busy: { readonly user: boolean } | undefined;
  #scheduled = false;

  constructor(worker: Worker, runtime: Runtime) {
    this.#worker = worker;
    this.#runtime = runtime;
  }

  /** To be called whenever the worker may have become ready. */
  wake(): void {
    if (this.#scheduled || !this.#hasWork()) return;
    this.#scheduled = true;
    this.#runtime.dispatcher.schedule(this);
  }

  turn(): number {
    this.#scheduled = false;
    const { clock } = this.#runtime;
    const begun = clock.now();
    let done = 0;
    while (done < BATCH && this.#hasWork()) {
      this.#worker.step();
      done += 1;
      if (clock.now() - begun >= LONG) break;
    }
    this.wake();
    return done;
  }

  /** Runs code of the behaviour; a promise holds the actor, a throw fails it. */
  user(code: () => void | Promise<void>): void {
    try {
      const work = code();
      if (work instanceof Promise) this.#hold(work, true);
    } catch (error) {
      this.#worker.crash(error);
    }
  }

  /** Holds the actor until the kernel's own work is done. */
  kernel(work: Promise<void>): void {
    this.#hold(work, false);
  }

  /** Gives the behaviour's code that goes on now, if any, a limit; the function that it returns takes the limit away. */
  abandonLater(): (() => void) | undefined {
    const busy = this.#busy;
    if (!busy?.user) return undefined;
    const { clock, stopWithin, log } = this.#runtime;
    return clock.timer(stopWithin, () => {
      if (this.#busy !== busy) return;
      log.error({ actor: this.#worker.path, stopWithin }, 'handler did not end when told to stop: abandoned');
      this.#busy = undefined;
      this.wake();
    });
  }

  #hasWork(): boolean {
    return this.#busy === undefined && this.#worker.ready;
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
      () => release() && this.wake(),
      (error: unknown) => release() && this.#worker.crash(error),
    );
  }
}
