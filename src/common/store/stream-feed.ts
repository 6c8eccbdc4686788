/**
 * Reads a stream from a sequence on, in order, through an ephemeral push consumer with flow control. A feed never
 * repairs itself: whatever could have cost a message (a gap, a lost connection, silence) breaks it, and its reader opens
 * the next one after what it has seen. So nothing is missed by guessing.
 */
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Clock, Millis } from '../actor/types.ts';
import type { Revision } from './store.ts';

/** A message of the stream. `pending` is how many followed it when it was sent; `at` is when it was stored. */
export type StreamMessage = {
  readonly subject: string;
  readonly sequence: Revision;
  readonly at: Millis;
  readonly pending: number;
  readonly headers: MsgHdrs | undefined;
  text(): string;
};

const CONTROL = 100; // the status of a heartbeat or of a flow control request

/** One consumer's life, at the reader's side. */
export class StreamFeed {
  readonly #nc: NatsConnection;
  readonly #subscription: Subscription;
  readonly #forget: () => void;
  readonly #queue: (Msg | 'idle')[] = [];
  #head = 0;
  #delivered = 0;
  #heard = true;
  #broken = false;
  #closed = false;
  #wake: (() => void) | undefined;
  #cancelCheck: () => void;
  #pending = 0;
  #remove: (() => void) | undefined;

  constructor(nc: NatsConnection, inbox: string, clock: Clock, heartbeat: Millis, forget: () => void) {
    this.#nc = nc;
    this.#forget = forget;
    this.#subscription = nc.subscribe(inbox, {
      callback: (error, msg) => {
        this.#heard = true;
        if (error !== null) this.break();
        else this.#take(msg);
      },
    });
    const check = (): void => {
      if (!this.#heard) this.break();
      this.#heard = false;
      this.#cancelCheck = clock.timer(2 * heartbeat, check);
    };
    this.#cancelCheck = clock.timer(2 * heartbeat, check);
  }

  /** The next message; `idle` when the server says that all has been delivered; undefined when the feed is broken. */
  async next(): Promise<StreamMessage | 'idle' | undefined> {
    for (;;) {
      const msg = this.#queue[this.#head];
      if (msg === undefined) {
        if (this.#broken || this.#closed) return undefined;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#head += 1;
      if (this.#head === this.#queue.length) {
        this.#queue.length = 0;
        this.#head = 0;
      }
      if (msg === 'idle') return msg;
      if (msg.headers?.code === CONTROL) {
        msg.respond(); // flow control: the server sends more once we have come this far
        continue;
      }
      const { delivery, ...message } = readMessage(msg);
      this.#delivered += 1;
      if (delivery === this.#delivered) return message;
      this.#queue.length = 0;
      this.#head = 0;
      this.break();
    }
  }

  /** Ends the feed for its reader; what has arrived in order is still read. */
  break(): void {
    this.#broken = true;
    this.#wake?.();
  }

  /** How many messages there were to read when the feed was opened. */
  get pending(): number {
    return this.#pending;
  }

  /** The consumer stands: what it has to send, and how to remove it. */
  started(pending: number, remove: () => void): void {
    this.#pending = pending;
    this.#remove = remove;
  }

  /** Ends it at both sides. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    this.#cancelCheck();
    this.#subscription.unsubscribe();
    this.#queue.length = 0;
    this.#head = 0;
    this.#wake?.();
    this.#remove?.();
  }

  #take(msg: Msg): void {
    if (this.#broken || this.#closed) return;
    const code = msg.headers?.code ?? 0;
    if (code === CONTROL && !msg.reply) {
      // A stalled consumer waits for an answer to a flow control request that was lost.
      const stalled = msg.headers?.get('Nats-Consumer-Stalled');
      if (stalled) this.#nc.publish(stalled);
      else this.#queue.push('idle');
    } else if (code === 0 || code === CONTROL) {
      this.#queue.push(msg);
    } else {
      this.break();
    }
    this.#wake?.();
  }
}

/**
 * What the server tells in the reply subject: `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<delivery
 * sequence>.<nanoseconds>.<pending>`, or with domain and account before the stream (ADR-15).
 */
function readMessage(msg: Msg): StreamMessage & { readonly delivery: number } {
  const tokens = msg.reply?.split('.') ?? [];
  const [sequence, delivery, nanoseconds, pending] = tokens.slice(tokens.length === 9 ? 5 : 7).map(Number);
  return {
    subject: msg.subject,
    sequence: sequence ?? 0,
    delivery: delivery ?? 0,
    at: Math.floor((nanoseconds ?? 0) / 1_000_000),
    pending: pending ?? 0,
    headers: msg.headers,
    text: () => msg.string(),
  };
}
