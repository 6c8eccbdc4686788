/** The actors that one incarnation of an actor watches. */
import { isWatchable, type Watcher } from './local-ref.ts';
import type { Address, ExitReason } from './types.ts';

export class Watching implements Watcher {
  readonly #watched = new Set<Address>();
  readonly #noticed: (ended: Address, why: ExitReason) => void;

  constructor(noticed: (ended: Address, why: ExitReason) => void) {
    this.#noticed = noticed;
  }

  /** Watching twice is watching once. A mere path stands for an actor that was not found: it is gone. */
  add(other: Address): void {
    if (this.#watched.has(other)) return;
    this.#watched.add(other);
    if (isWatchable(other)) other.watchedBy(this);
    else this.notice(other, { kind: 'unreachable' });
  }

  notice(ended: Address, why: ExitReason): void {
    if (this.#watched.delete(ended)) this.#noticed(ended, why);
  }

  end(): void {
    for (const other of this.#watched) if (isWatchable(other)) other.unwatchedBy(this);
    this.#watched.clear();
  }
}
