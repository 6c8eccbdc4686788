/**
 * Reads a stream from a sequence on, in order, through an ephemeral push consumer with flow control. A feed never
 * repairs itself: whatever could have cost a message (a gap, a lost connection, silence) breaks it, and its reader opens
 * the next one after what it has seen. So nothing is missed by guessing.
 */
import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream';
import {
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  nanos,
  type Subscription,
} from '@nats-io/transport-node';
import type { Clock, Millis } from '../actor/types.ts';
import type { Revision } from './store.ts';

export type FeedOptions = {
  readonly stream: string;
  /** Subjects to read. */
  readonly filters: readonly string[];
  /** First sequence to read. */
  readonly from: Revision;
  /** Leave the values away. Default false. */
  readonly headersOnly?: boolean;
  /** How often the server says that there is nothing new. Two of them missed break the feed. */
  readonly heartbeat: Millis;
};

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
const UNREAD_CONSUMER_LIVES = nanos(10_000);

/** Opens feeds on one connection, and breaks all of them when it is lost. */
export class StreamFeeds {
  readonly #nc: NatsConnection;
  readonly #jsm: JetStreamManager;
  readonly #clock: Clock;
  readonly #open = new Set<StreamFeed>();
  #watching = false;

  constructor(nc: NatsConnection, jsm: JetStreamManager, clock: Clock) {
    this.#nc = nc;
    this.#jsm = jsm;
    this.#clock = clock;
  }

  /** Resolves when the consumer stands. Rejects with the client's errors. */
  async open(options: FeedOptions): Promise<StreamFeed> {
    if (!this.#watching) {
      this.#watching = true;
      void this.#watchConnection();
    }
    const inbox = createInbox(this.#jsm.getOptions().watcherPrefix);
    const feed = new StreamFeed(this.#nc, inbox, this.#clock, options.heartbeat, () => this.#open.delete(feed));
    this.#open.add(feed);
    try {
      const { name, num_pending } = await this.#jsm.consumers.add(options.stream, {
        deliver_subject: inbox,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: options.from,
        filter_subjects: [...options.filters],
        ack_policy: AckPolicy.None,
        replay_policy: ReplayPolicy.Instant,
        max_deliver: 1,
        flow_control: true,
        idle_heartbeat: nanos(options.heartbeat),
        headers_only: options.headersOnly === true,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: UNREAD_CONSUMER_LIVES,
      });
      // The server removes a consumer that nobody listens to; asking for it only makes that sooner.
      feed.started(num_pending, () => void this.#jsm.consumers.delete(options.stream, name).catch(() => undefined));
    } catch (error) {
      feed.close();
      throw error;
    }
    return feed;
  }

  async #watchConnection(): Promise<void> {
    for await (const status of this.#nc.status()) {
      if (status.type === 'disconnect' || status.type === 'close') for (const feed of this.#open) feed.break();
    }
    for (const feed of this.#open) feed.break();
  }
}

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
