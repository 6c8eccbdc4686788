/** The life of a program in a test: when it is killed, its timers do not fire any more and what it asks of its ports has no effect. */

import type { Clock } from '../../src/common/actor/types.ts';

/** Asked at each call of a port: whether the program is killed before the call, or after it had its effect. */
export type Death = (call: string) => 'before' | 'after' | undefined;

/** What answers at once and changes nothing. */
const HARMLESS: readonly PropertyKey[] = ['logDirectory', 'sinceBoot', 'events', 'close', 'sizes'];

export class Life {
  ended = false;
  readonly clock: Clock;
  readonly #dies: Death;

  constructor(clock: Clock, dies: Death) {
    this.#dies = dies;
    const whileAlive = (work: () => void) => () => {
      if (!this.ended) work();
    };
    this.clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      timer: (delay, fire) => clock.timer(delay, whileAlive(fire)),
      soon: (run) => clock.soon(whileAlive(run)),
    };
  }

  end(): void {
    this.ended = true;
  }

  /** The port as the program sees it. */
  port<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (HARMLESS.includes(name)) return value.bind(target);
        return async (...args: unknown[]) => {
          const when = this.ended ? 'before' : this.#dies(String(name));
          if (when !== undefined) this.end();
          const answer: unknown = when === 'before' ? undefined : await Reflect.apply(value, target, args);
          return this.ended ? await new Promise<never>(() => {}) : answer;
        };
      },
    });
  }
}
