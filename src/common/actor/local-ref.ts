/** The reference to an actor of this process, and what the kernel knows of references. */
import { PendingAsk } from './ask.ts';
import type { Address, AnswerOf, Clock, ExitReason, Message, Millis, Ref } from './types.ts';

/** Someone who is told of another's end. */
export interface Watcher {
  notice(ended: Address, why: ExitReason): void;
}

/** What the references that the kernel makes can do beside `Ref`. */
export interface Watchable extends Address {
  watchedBy(watcher: Watcher): void;
  unwatchedBy(watcher: Watcher): void;
}

/** Why a message was not taken. */
export type Refusal = 'overloaded' | 'stopped';

export interface Target<M extends Message> {
  readonly path: string;
  /** Undefined: taken. A refused message has gone to dead letters. */
  accept(msg: M, ask: PendingAsk | undefined): Refusal | undefined;
  addWatcher(watcher: Watcher): void;
  removeWatcher(watcher: Watcher): void;
}

export class LocalRef<M extends Message> implements Ref<M>, Watchable {
  readonly #target: Target<M>;
  readonly #clock: Clock;

  constructor(target: Target<M>, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  get path(): string {
    return this.#target.path;
  }

  tell(msg: M): boolean {
    return this.#target.accept(msg, undefined) === undefined;
  }

  ask<Q extends M>(msg: Q, within: Millis): Promise<AnswerOf<Q>> {
    return new Promise((resolve, reject) => {
      const settle = resolve as (answer: unknown) => void;
      const pending = new PendingAsk(this.#clock, within, `${msg.type} of ${this.path}`, settle, reject);
      const refusal = this.#target.accept(msg, pending);
      if (refusal === 'overloaded') pending.fail(refusal, 'its mailbox is full');
      else if (refusal === 'stopped') pending.fail(refusal, 'it has stopped');
    });
  }

  watchedBy(watcher: Watcher): void {
    this.#target.addWatcher(watcher);
  }

  unwatchedBy(watcher: Watcher): void {
    this.#target.removeWatcher(watcher);
  }

  toJSON(): { path: string } {
    return { path: this.path };
  }
}

/** Whether the address is a reference that the kernel made, and not a mere path. */
export function isWatchable(address: Address): address is Watchable {
  return 'watchedBy' in address && 'unwatchedBy' in address;
}
