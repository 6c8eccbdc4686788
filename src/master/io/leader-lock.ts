/**
 * The leader's lease: one key in a bucket whose entries end by themselves, created and renewed by compare-and-set. The
 * bucket is in memory: renewing writes nothing to the disk, and a server that starts anew has no leader.
 */
import { JetStreamApiError } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { pause } from '../../common/actor/pause.ts';
import type { Clock, Logger, Millis } from '../../common/actor/types.ts';
import type { LeaderLock } from '../ports.ts';

/** Kubernetes' own figures: how long a lease holds, within which it must be renewed, and how often that is tried. */
const lease: Millis = 15_000;
const renewWithin: Millis = 10_000;
const retryEvery: Millis = 2_000;

const key = 'leader';
/** Compare-and-set failed: JetStream's "wrong last sequence". */
const wrongSequence = 10071;

export type LeaderLockOptions = {
  /** Tells masters apart. */
  readonly name: string;
  readonly replicas: number;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Opens the bucket, creating it if need be. */
export async function createLeaderLock(nc: NatsConnection, options: LeaderLockOptions): Promise<LeaderLock> {
  const { name, replicas, clock, log } = options;
  const kv = await new Kvm(nc).create('bramble-leader', {
    ttl: lease,
    history: 1,
    replicas,
    storage: 'memory' as never,
  });
  let held: { readonly revision: () => number; readonly end: () => void } | undefined;

  return {
    async acquire(signal) {
      for (;;) {
        signal.throwIfAborted();
        const revision = await tryCreate(kv, name, log);
        if (revision !== undefined) {
          const holding = hold(kv, name, revision, clock);
          held = holding;
          return { lost: holding.lost };
        }
        await pause(clock, retryEvery, signal);
      }
    },
    async release() {
      const mine = held;
      held = undefined;
      if (mine === undefined) return;
      mine.end();
      if (!nc.isClosed()) await kv.purge(key, { previousSeq: mine.revision() });
    },
  };
}

/** The revision of a new lease; undefined while somebody else has one. */
async function tryCreate(kv: KV, name: string, log: Logger): Promise<number | undefined> {
  try {
    return await kv.create(key, name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === wrongSequence) return undefined;
    log.warn({ error: String(error) }, 'the lease could not be asked for');
    return undefined;
  }
}

/** Renews until it no longer can; the lease is given up before anybody else can have it. */
function hold(kv: KV, name: string, first: number, clock: Clock) {
  let revision = first;
  let renewedAt = clock.now();
  let cancel = (): void => {};
  let end = (): void => {};
  const lost = new Promise<void>((resolve) => {
    let ended = false;
    end = () => {
      ended = true;
      cancel();
      resolve();
    };
    const next = (): void => {
      if (!ended) cancel = clock.timer(retryEvery, () => void renew());
    };
    const renew = async (): Promise<void> => {
      const begun = clock.now();
      try {
        revision = await kv.update(key, name, revision);
        renewedAt = begun;
      } catch (error) {
        // An answer that was lost may have renewed it; only a refusal says that it is another's.
        const refused = error instanceof JetStreamApiError && error.code === wrongSequence;
        if (refused || clock.now() - renewedAt > renewWithin) return end();
      }
      next();
    };
    next();
  });
  return { lost, revision: () => revision, end: () => end() };
}
