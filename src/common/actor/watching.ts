/** The actors that one incarnation of an actor watches, and the notices of their ends that it has yet to handle. */
import { isWatchable, type Watcher } from './local-ref.ts';
import type { Address, ExitReason } from './types.ts';

export type Notice = { readonly ended: Address; readonly why: ExitReason };

export class Watching implements Watcher {
  readonly #watched = new Set<Address>();
  readonly #notices: Notice[] = [];
  readonly #noticed: () => void;

  constructor(noticed: () => void) {
    this.#noticed = noticed;
  }

  /** How many notices wait. */
  get size(): number {
    return this.#notices.length;
  }

  /** Watching twice is watching once. A mere path stands for an actor that was not found: it is gone. */
  add(other: Address): void {
    if (this.#watched.has(other)) return;
    this.#watched.add(other);
    if (isWatchable(other)) other.watchedBy(this);
    else this.notice(other, { kind: 'unreachable' });
  }

  notice(ended: Address, why: ExitReason): void {
    if (!this.#watched.delete(ended)) return;
    this.#notices.push({ ended, why });
    this.#noticed();
  }

  take(): Notice | undefined {
    return this.#notices.shift();
  }

  end(): void {
    for (const other of this.#watched) if (isWatchable(other)) other.unwatchedBy(this);
    this.#watched.clear();
  }
}
