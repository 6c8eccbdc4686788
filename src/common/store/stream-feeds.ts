/** Opens feeds (see stream-feed.ts) on one connection, and breaks all of them when it is lost. */
import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream';
import { createInbox, type NatsConnection, nanos } from '@nats-io/transport-node';
import type { Clock, Millis } from '../actor/types.ts';
import type { Revision } from './store.ts';
import { StreamFeed } from './stream-feed.ts';

type FeedOptions = {
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

const UNREAD_CONSUMER_LIVES = nanos(10_000);

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
