import { connect } from '@nats-io/transport-node';
import test, { type ExecutionContext } from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import type { Clock } from '../../../src/common/actor/types.ts';
import { createLeaderLock } from '../../../src/master/io/leader-lock.ts';
import { type NatsServer, startNatsServer } from '../../support/nats-server.ts';

const times = { lease: 1_000, renewWithin: 600, retryEvery: 50 };
const limit = 15_000;
const never = new AbortController().signal;

async function server(t: ExecutionContext): Promise<NatsServer> {
  const started = await startNatsServer();
  t.teardown(() => started.stop());
  return started;
}

async function contender(t: ExecutionContext, { url }: NatsServer, name: string, clock: Clock = realClock) {
  const nc = await connect({ servers: url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  t.teardown(() => nc.close());
  const lock = await createLeaderLock(nc, { name, replicas: 1, clock, log: silentLogger, times });
  t.teardown(() => lock.release());
  return lock;
}

/** A clock whose process is paused: no timer fires while `paused`; each fires when it goes on. */
function pausable(): Clock & { pause(): void; resume(): void } {
  let paused = false;
  const late: (() => void)[] = [];
  return {
    ...realClock,
    timer: (after, run) => realClock.timer(after, () => (paused ? void late.push(run) : run())),
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      for (const run of late.splice(0)) run();
    },
  };
}

test('of two contenders one holds the lock, renews it beyond its lease, and the other gets it once it is released', async (t) => {
  t.timeout(limit);
  const nats = await server(t);
  const [first, second] = [await contender(t, nats, 'a'), await contender(t, nats, 'b')];
  const held = await first.acquire(never);
  let ended = false;
  void held.lost.then(() => {
    ended = true;
  });
  await t.throwsAsync(second.acquire(AbortSignal.timeout(times.lease * 2)), { any: true });
  t.false(ended);
  const next = second.acquire(never);
  await first.release();
  await held.lost;
  await t.notThrowsAsync(next);
});

test('a holder that is paused beyond its lease loses it to another, and knows when it goes on', async (t) => {
  t.timeout(limit);
  const nats = await server(t);
  const clock = pausable();
  const [first, second] = [await contender(t, nats, 'a', clock), await contender(t, nats, 'b')];
  const held = await first.acquire(never);
  clock.pause();
  const next = await second.acquire(never);
  clock.resume();
  await held.lost;
  await second.release();
  await next.lost;
  await t.notThrowsAsync(first.acquire(never), 'it may contend again');
});

test('releasing a lock that was lost takes nothing from who holds it now', async (t) => {
  t.timeout(limit);
  const nats = await server(t);
  const clock = pausable();
  const [first, second, third] = [
    await contender(t, nats, 'a', clock),
    await contender(t, nats, 'b'),
    await contender(t, nats, 'c'),
  ];
  await first.acquire(never);
  clock.pause();
  const next = await second.acquire(never);
  await first.release();
  await t.throwsAsync(third.acquire(AbortSignal.timeout(times.retryEvery * 4)), { any: true });
  await second.release();
  await next.lost;
});

test('a holder that cannot renew gives the lock up before its lease has ended', async (t) => {
  t.timeout(limit);
  const nats = await server(t);
  const first = await contender(t, nats, 'a');
  const held = await first.acquire(never);
  process.kill(nats.pid, 'SIGSTOP');
  t.teardown(() => process.kill(nats.pid, 'SIGCONT'));
  const begun = realClock.now();
  await held.lost;
  t.true(realClock.now() - begun < times.lease, `given up after ${realClock.now() - begun} ms`);
});

test('a server that starts anew, without the bucket, has a leader again', async (t) => {
  t.timeout(limit);
  const nats = await server(t);
  const first = await contender(t, nats, 'a');
  const held = await first.acquire(never);
  await nats.restart();
  await held.lost;
  await t.notThrowsAsync(first.acquire(never));
});

test('contending ends with its signal', async (t) => {
  t.timeout(limit);
  const nats = await server(t);
  const [first, second] = [await contender(t, nats, 'a'), await contender(t, nats, 'b')];
  await first.acquire(never);
  const stop = new AbortController();
  const contending = second.acquire(stop.signal);
  stop.abort();
  await t.throwsAsync(contending, { any: true });
});
