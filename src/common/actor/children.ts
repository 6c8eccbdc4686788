/** The children of one actor, by name, in the order in which they were started. */
import type { Watchable } from './local-ref.ts';
import type { Address, ExitReason } from './types.ts';

/** A live actor as its parent sees it. */
export interface Branch {
  readonly ref: Watchable;
  child(name: string): Branch | undefined;
  stop(why: ExitReason): Promise<void>;
}

/** An actor as its children see it. */
export interface Parent {
  childEnded(path: string, why: ExitReason): void;
  childFailed(path: string, error: unknown): void;
}

export class Children {
  readonly #parent: string;
  readonly #byPath = new Map<string, Branch>();

  constructor(parent: string) {
    this.#parent = parent;
  }

  /** Throws when the name is empty, has a slash, or belongs to a child that has not ended. */
  add<B extends Branch>(name: string, make: (path: string) => B): B {
    const path = `${this.#parent}/${name}`;
    if (name === '' || name.includes('/')) {
      throw new RangeError(`actor name: ${JSON.stringify(name)} found, a text without "/" is accepted`);
    }
    if (this.#byPath.has(path)) throw new Error(`${path} exists already`);
    const child = make(path);
    this.#byPath.set(path, child);
    return child;
  }

  get(name: string): Branch | undefined {
    return this.#byPath.get(`${this.#parent}/${name}`);
  }

  remove(path: string): void {
    this.#byPath.delete(path);
  }

  /** Resolves when the child has ended, at once when it had ended before. Rejects for another actor's child. */
  async stop(child: Address, why: ExitReason): Promise<void> {
    if (child.path.slice(0, child.path.lastIndexOf('/')) !== this.#parent) {
      throw new Error(`${this.#parent || 'the system'} cannot stop ${child.path}: only its parent can`);
    }
    const branch = this.#byPath.get(child.path);
    // The reference of an ended child must not stop its successor of the same name.
    if (branch !== undefined && (branch.ref === child || !('tell' in child))) await branch.stop(why);
  }

  /** One after the other, last started first. */
  async stopAll(why: ExitReason): Promise<void> {
    for (const child of [...this.#byPath.values()].reverse()) await child.stop(why);
  }
}
