/** The reference to an actor across the transport. */
import { AskError } from './ask.ts';
import type { Watchable, Watcher } from './local-ref.ts';
import { decodeAnswer, encodeMessage, type Transport } from './transport.ts';
import type { Address, AnswerOf, Message, Millis, Ref, Schema, Wire } from './types.ts';

/** What both ends of the wire work with. */
export type Door<M extends Message> = {
  readonly wire: Wire<M>;
  readonly transport: Transport;
  deadLetter(to: Address, msg: Message, why: string): void;
};

export type Entry = { readonly msg: Schema<Message>; readonly answer?: Schema<unknown> };

/** The wire's schemas for a type, or undefined when it carries no such type. */
export function entryOf<M extends Message>(wire: Wire<M>, type: string): Entry | undefined {
  return Object.hasOwn(wire, type) ? (wire as Readonly<Record<string, Entry>>)[type] : undefined;
}

/**
 * tell is a publication, ask a request; both check the message before it leaves, and an answer when it comes.
 * A watch tells 'unreachable' when the transport has closed for good. It does not tell that the actor behind the path
 * has ended: over the wire silence is all that one sees, so protocols that need more carry beats.
 */
export class RemoteRef<M extends Message> implements Ref<M>, Watchable {
  readonly path: string;
  readonly #door: Door<M>;
  readonly #watchers = new Map<Watcher, () => void>();

  constructor(door: Door<M> & { readonly path: string }) {
    this.path = door.path;
    this.#door = door;
  }

  tell(msg: M): boolean {
    try {
      const checked = this.#entry(msg.type).msg.parse(msg);
      this.#door.transport.send(this.path, msg.type, encodeMessage(checked));
      return true;
    } catch (error) {
      this.#door.deadLetter(this, msg, String(error));
      return false;
    }
  }

  async ask<Q extends M>(msg: Q, within: Millis): Promise<AnswerOf<Q>> {
    const { msg: question, answer } = this.#entry(msg.type);
    if (answer === undefined) throw this.#invalid(msg, 'it is told, not asked');
    const body = encodeMessage(this.#parsed(msg, question, msg));
    const reply = await this.#door.transport.request(this.path, msg.type, body, within);
    return this.#parsed(msg, answer, decodeAnswer(reply)) as AnswerOf<Q>;
  }

  watchedBy(watcher: Watcher): void {
    const forget = this.#door.transport.onClosed(() => {
      this.#watchers.delete(watcher);
      watcher.notice(this, { kind: 'unreachable' });
    });
    this.#watchers.set(watcher, forget);
  }

  unwatchedBy(watcher: Watcher): void {
    this.#watchers.get(watcher)?.();
    this.#watchers.delete(watcher);
  }

  toJSON(): { path: string } {
    return { path: this.path };
  }

  #entry(type: string): Entry {
    const entry = entryOf(this.#door.wire, type);
    if (entry === undefined) throw new AskError('invalid', `${type} of ${this.path}: its wire carries no such type`);
    return entry;
  }

  #parsed<T>(msg: M, schema: Schema<T>, value: unknown): T {
    try {
      return schema.parse(value);
    } catch (error) {
      throw this.#invalid(msg, error instanceof Error ? error.message : String(error), error);
    }
  }

  #invalid(msg: M, why: string, cause?: unknown): AskError {
    return new AskError('invalid', `${msg.type} of ${this.path}: ${why}`, { cause });
  }
}
