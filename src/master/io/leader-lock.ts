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

/** How long a lease holds, within which it must be renewed, and how often that is tried. */
export type LeaseTimes = { readonly lease: Millis; readonly renewWithin: Millis; readonly retryEvery: Millis };

/** Kubernetes' own figures. */
const kubernetesTimes: LeaseTimes = { lease: 15_000, renewWithin: 10_000, retryEvery: 2_000 };

const key = 'leader';
/** Compare-and-set failed: JetStream's "wrong last sequence". */
const wrongSequence = 10071;

export type LeaderLockOptions = {
  /** Tells masters apart. */
  readonly name: string;
  readonly replicas: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** The same for all contenders. Default: Kubernetes' own, 15 s, 10 s and 2 s. */
  readonly times?: LeaseTimes;
};

/** Opens the bucket, creating it if need be. */
export async function createLeaderLock(nc: NatsConnection, options: LeaderLockOptions): Promise<LeaderLock> {
  const { name, replicas, clock, log, times = kubernetesTimes } = options;
  const open = (): Promise<KV> =>
    new Kvm(nc).create('bramble-leader', { ttl: times.lease, history: 1, replicas, storage: 'memory' as never });
  let kv = await open();
  /** A server that started anew has lost the bucket: it is made again before the next try. */
  let doubted = false;
  let held: ReturnType<typeof hold> | undefined;

  const tryHold = async (): Promise<ReturnType<typeof hold> | undefined> => {
    const begun = clock.now();
    try {
      if (doubted) kv = await open();
      doubted = false;
      return hold(kv, name, await kv.create(key, name), begun, clock, times);
    } catch (error) {
      if (isWrongSequence(error)) return undefined;
      doubted = true;
      log.warn({ error: String(error) }, 'the lease could not be asked for');
      return undefined;
    }
  };

  return {
    async acquire(signal) {
      for (;;) {
        signal.throwIfAborted();
        held = await tryHold();
        if (held !== undefined) return { lost: held.lost };
        await pause(clock, times.retryEvery, signal);
      }
    },
    async release() {
      const mine = held;
      held = undefined;
      if (mine === undefined) return;
      const previousSeq = await mine.end();
      if (nc.isClosed()) return;
      try {
        await kv.purge(key, { previousSeq });
      } catch (error) {
        // Another's by now: there is nothing to give up.
        if (!isWrongSequence(error)) throw error;
      }
    },
  };
}

/** Renews until it no longer can; the lease is given up before anybody else can have it, also while an answer is awaited. */
function hold(kv: KV, name: string, first: number, begun: Millis, clock: Clock, times: LeaseTimes) {
  let revision = first;
  let ended = false;
  let renewing: Promise<void> = Promise.resolve();
  let cancelNext = (): void => {};
  let cancelExpiry = (): void => {};
  let resolveLost = (): void => {};
  const lost = new Promise<void>((resolve) => {
    resolveLost = resolve;
  });
  const end = (): void => {
    ended = true;
    cancelNext();
    cancelExpiry();
    resolveLost();
  };
  const renewed = (at: Millis): void => {
    cancelExpiry();
    cancelExpiry = clock.timer(Math.max(0, at + times.renewWithin - clock.now()), end);
  };
  const next = (): void => {
    cancelNext = clock.timer(times.retryEvery, () => {
      renewing = renew();
    });
  };
  const renew = async (): Promise<void> => {
    const at = clock.now();
    try {
      revision = await kv.update(key, name, revision);
      if (!ended) renewed(at);
    } catch (error) {
      // Anything else may have renewed it, or may yet: it is tried again until the time is over.
      if (isWrongSequence(error)) end();
    }
    if (!ended) next();
  };
  renewed(begun);
  next();
  return {
    lost,
    /** Renews no more; answers the last revision, once no renewal is under way. */
    end: async (): Promise<number> => {
      end();
      await renewing;
      return revision;
    },
  };
}

function isWrongSequence(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === wrongSequence;
}
