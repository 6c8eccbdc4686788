/** An actor's keyed timers. They end with the incarnation that set them. */
import type { Clock, Millis } from './types.ts';

/** Says whether what a timer, a pipe or an incarnation put in the mailbox still counts when its turn comes. */
export type Token = { readonly live: boolean };

type Timer = { live: boolean; cancel: () => void };

export class Timers<M> {
  readonly #clock: Clock;
  readonly #deliver: (msg: M, token: Token, key: string | undefined) => void;
  readonly #timers = new Map<string, Timer>();
  #unnamed = 0;

  /** A tick is delivered with its timer as the token; `key` is given where waiting ticks must not pile up. */
  constructor(clock: Clock, deliver: (msg: M, token: Token, key: string | undefined) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  after(delay: Millis, msg: M, key?: string): void {
    const name = key ?? this.#newName();
    const timer = this.#replace(name);
    timer.cancel = this.#clock.timer(delay, () => {
      // A named timer stays known: its tick may still be cancelled while it waits in the mailbox.
      if (key === undefined) this.#timers.delete(name);
      this.#deliver(msg, timer, undefined);
    });
  }

  every(period: Millis, msg: M, key?: string): void {
    if (!(period > 0)) throw new RangeError(`every: period ${period} found, more than 0 ms is accepted`);
    const name = key ?? this.#newName();
    const timer = this.#replace(name);
    const again = (): void => {
      timer.cancel = this.#clock.timer(period, () => {
        again();
        this.#deliver(msg, timer, `\0every ${name}`);
      });
    };
    again();
  }

  cancel(key: string): void {
    const timer = this.#timers.get(key);
    if (timer === undefined) return;
    timer.live = false;
    timer.cancel();
    this.#timers.delete(key);
  }

  cancelAll(): void {
    for (const key of [...this.#timers.keys()]) this.cancel(key);
  }

  #newName(): string {
    this.#unnamed += 1;
    return `\0${this.#unnamed}`;
  }

  #replace(key: string): Timer {
    this.cancel(key);
    const timer = { live: true, cancel: (): void => {} };
    this.#timers.set(key, timer);
    return timer;
  }
}
