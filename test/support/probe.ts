/** An actor that records what it gets, and lets a test wait for the next of it without sleeping. */
import type {
  ActorSystem,
  Address,
  Context,
  ExitReason,
  Handlers,
  Message,
  Ref,
} from '../../src/common/actor/types.ts';

export type Ended = { readonly ref: Address; readonly why: ExitReason };

export type Probe<M extends Message> = {
  readonly ref: Ref<M>;
  /** All messages so far. */
  readonly received: readonly M[];
  /** The oldest message that was not taken yet, when it is there. Rejects after 5 s of real time. */
  next(): Promise<M>;
  /** Watches the other; its end comes through `nextEnd`. */
  watch(other: Address): Promise<void>;
  /** The oldest end of a watched actor that was not taken yet. */
  nextEnd(): Promise<Ended>;
};

const LIMIT = 5_000;

export function createProbe<M extends Message>(system: ActorSystem, name = 'probe'): Probe<M> {
  const received: M[] = [];
  const messages = new Line<M>(`message to ${name}`);
  const ends = new Line<Ended>(`end that ${name} watches`);
  let started: (self: Context<M>) => void;
  const context = new Promise<Context<M>>((resolve) => {
    started = resolve;
  });
  const record = (msg: M): void => {
    received.push(msg);
    messages.push(msg);
  };
  const ref = system.spawn<M>(name, (self) => {
    started(self);
    return {
      on: new Proxy({}, { get: () => record }) as Handlers<M>['on'],
      terminated: (other, why) => ends.push({ ref: other, why }),
    };
  });
  return {
    ref,
    received,
    next: () => messages.next(),
    watch: async (other) => (await context).watch(other),
    nextEnd: () => ends.next(),
  };
}

class Line<T> {
  readonly #what: string;
  readonly #waiting: T[] = [];
  readonly #takers: ((value: T) => void)[] = [];

  constructor(what: string) {
    this.#what = what;
  }

  push(value: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#waiting.push(value);
    else taker(value);
  }

  next(): Promise<T> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no ${this.#what} within ${LIMIT} ms`)), LIMIT);
      const take = (value: T): void => {
        clearTimeout(limit);
        resolve(value);
      };
      const [value] = this.#waiting.splice(0, 1);
      if (value === undefined) this.#takers.push(take);
      else take(value);
    });
  }
}
