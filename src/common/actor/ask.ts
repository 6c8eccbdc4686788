/** One question under way: settled once, by its answer, its limit or the end of the actor that has it. */
import type { Clock, Millis } from './types.ts';

/**
 * - timeout: no answer within the limit
 * - overloaded: the mailbox was full
 * - stopped: nobody is there, or the actor stopped before it answered
 * - failed: the actor failed while it had the question
 * - unreachable: the connection to the actor's system is closed
 * - invalid: the question or its answer does not fit the wire's schema
 */
export type AskCode = 'timeout' | 'overloaded' | 'stopped' | 'failed' | 'unreachable' | 'invalid';

export class AskError extends Error {
  override readonly name = 'AskError';
  readonly code: AskCode;

  constructor(code: AskCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export class PendingAsk {
  readonly #resolve: (answer: unknown) => void;
  readonly #reject: (error: AskError) => void;
  readonly #about: string;
  readonly #cancel: () => void;
  #holder: Set<PendingAsk> | undefined;
  #settled = false;

  /** `about` names the question in errors: "set of /cells/one". */
  constructor(
    clock: Clock,
    within: Millis,
    about: string,
    resolve: (answer: unknown) => void,
    reject: (error: AskError) => void,
  ) {
    this.#about = about;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#cancel = clock.timer(within, () => this.fail('timeout', `no answer within ${within} ms`));
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Keeps this question among those that the set's owner owes an answer, until it is settled. */
  heldIn(holder: Set<PendingAsk>): void {
    this.#holder = holder.add(this);
  }

  /** A second answer, or one that comes too late, is ignored: the asker has been told already. */
  answer(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  fail(code: AskCode, why: string, cause?: unknown): void {
    if (this.#settle()) this.#reject(new AskError(code, `${this.#about}: ${why}`, { cause }));
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#cancel();
    this.#holder?.delete(this);
    return true;
  }
}
