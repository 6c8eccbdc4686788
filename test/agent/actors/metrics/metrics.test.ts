import test from 'ava';
import { metrics } from '../../../../src/agent/actors/metrics/metrics.ts';
import type { MetricsUplink } from '../../../../src/agent/ports/metrics-uplink.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../../src/common/actor/system.ts';
import type { UsageSample } from '../../../../src/common/model/usage-sample.ts';
import { maxListeners, metricsBatch, metricsDownWire } from '../../../../src/common/wire/metrics-protocol.ts';
import { podUsing, SweepingActor } from '../../../support/sweep-builder.ts';

/** `way`: open; shut, as a connection that is away; stuck, as one that hangs until it is told what becomes of it. */
class FakeUplink implements MetricsUplink {
  way: 'open' | 'shut' | 'stuck' = 'open';
  readonly sent: UsageSample[] = [];
  readonly messages: number[] = [];
  #stuck: (() => void)[] = [];

  async send(samples: readonly UsageSample[]): Promise<boolean> {
    if (this.way === 'stuck') await new Promise<void>((resolve) => this.#stuck.push(resolve));
    if (this.way === 'shut') return false;
    metricsBatch.parse({ samples });
    this.sent.push(...samples);
    this.messages.push(samples.length);
    return true;
  }

  open(): void {
    this.way = 'open';
    for (const go of this.#stuck.splice(0)) go();
  }
}

async function rig(interval = 0) {
  const clock = new FakeClock();
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  const usage = new SweepingActor();
  const uplink = new FakeUplink();
  const ref = system.spawn(
    'metrics',
    metrics({ node: 'pi-7', usage: system.spawn('usage', usage.behavior()), uplink, interval }),
  );
  await clock.settle();
  const start = clock.now();
  const listen = async (fields: Record<string, unknown> = {}) => {
    const message = metricsDownWire.metrics.msg.parse({ type: 'metrics', ...fields });
    const answer = ref.ask(message, 5_000);
    await clock.settle();
    return await answer;
  };
  const seconds = () => uplink.sent.map(({ at }) => (at - start) / 1000);
  return { clock, ref, usage, uplink, listen, seconds };
}

test('nobody listens, so nothing is measured and nothing is sent', async (t) => {
  const { clock, usage, uplink } = await rig();
  await clock.advance(3_600_000);
  t.is(uplink.messages.length, 0);
  t.is(usage.sweeps.length, 0);
  t.is(clock.pending, 0);
});

test('who asks once is told the rates of what was seen for the first time, by a second look', async (t) => {
  const { clock, ref, usage } = await rig();
  const web = podUsing('web');
  const fresh = { ...web, containers: web.containers.map((each) => ({ ...each, cpu: { usageNanos: 1 } })) };
  usage.pods = [fresh];
  const answer = ref.ask(metricsDownWire.usage.msg.parse({ type: 'usage', maxAge: 10_000 }), 5_000);
  await clock.settle();
  usage.pods = [web];
  await clock.advance(1_100);
  const told = await answer;
  t.is('sample' in told ? told.sample.pods[0]?.containers[0]?.cpu?.nanoCores : told, 100_000_000);
  t.is(usage.sweeps.length, 2);
});

test('samples are sent while a lease lasts, and no longer', async (t) => {
  const { clock, listen, seconds, usage } = await rig();
  t.deepEqual(await listen({ interval: 10_000, lease: 30_000 }), { interval: 10_000, lease: 30_000 });
  await clock.advance(25_000);
  await listen({ interval: 10_000, lease: 30_000 });
  await clock.advance(100_000);
  t.deepEqual(seconds(), [0, 10, 20, 30, 40, 50]);
  const measured = usage.sweeps.length;
  await clock.advance(600_000);
  t.is(usage.sweeps.length, measured);
});

test('a listener that goes says so with a lease of 0', async (t) => {
  const { clock, listen, seconds } = await rig();
  await listen({ listener: 'board' });
  await clock.advance(10_000);
  await listen({ listener: 'board', lease: 0 });
  await clock.advance(60_000);
  t.deepEqual(seconds(), [0, 10]);
});

test('the most demanding listener sets the pace and the detail, for as long as it listens', async (t) => {
  const { clock, listen, usage, uplink, seconds } = await rig();
  usage.pods = [podUsing('web')];
  await listen({ listener: 'a', interval: 20_000, lease: 100_000 });
  await listen({ listener: 'b', interval: 5_000, lease: 11_000, detail: 'full' });
  await clock.advance(60_000);
  t.deepEqual(seconds(), [0, 5, 10, 35, 55]);
  const images = uplink.sent.map(({ pods }) => pods[0]?.containers[0]?.image);
  t.deepEqual(images.slice(0, 2), [undefined, 'registry.test/app:1']);
  t.is(images.at(-1), undefined);
});

test('intervals and leases are kept within limits, and so is the number of listeners', async (t) => {
  const { listen } = await rig();
  t.deepEqual(await listen({ interval: 1, lease: 1e12 }), { interval: 1_000, lease: 600_000 });
  for (let index = 1; index < maxListeners; index += 1) await listen({ listener: `l-${index}` });
  t.like(await listen({ listener: 'one too many' }), { error: '64 listen already: try again later' });
  t.like(await listen({ listener: 'l-1' }), { interval: 10_000 });
});

test('a setting has samples sent without a listener', async (t) => {
  const { clock, seconds } = await rig(30_000);
  await clock.advance(95_000);
  t.deepEqual(seconds(), [0, 30, 60, 90]);
});

test('what a disconnect kept back is sent after it, in order, once, each with its own time', async (t) => {
  const { clock, listen, seconds, uplink, ref } = await rig();
  await listen({ interval: 10_000, lease: 60_000 });
  await clock.advance(20_000);
  uplink.way = 'shut';
  // Longer than the lease: nobody could renew it.
  await clock.advance(70_000);
  t.deepEqual(seconds(), [0, 10, 20]);
  uplink.way = 'open';
  ref.tell({ type: 'online' });
  await clock.settle();
  t.deepEqual(seconds(), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  t.is(uplink.messages.length, 4);
  await clock.advance(100_000);
  t.is(seconds().length, 10, 'the lease has run out');
});

test('what stands in a connection that hangs is not sent twice', async (t) => {
  const { clock, seconds, uplink } = await rig(10_000);
  await clock.advance(10_000);
  uplink.way = 'stuck';
  await clock.advance(45_000);
  uplink.open();
  await clock.settle();
  await clock.advance(10_000);
  t.deepEqual(seconds(), [0, 10, 20, 30, 40, 50, 60]);
});

test('a connection that hangs and is lost then loses no sample', async (t) => {
  const { clock, seconds, uplink, ref } = await rig(10_000);
  await clock.advance(10_000);
  uplink.way = 'stuck';
  await clock.advance(25_000);
  uplink.open();
  uplink.way = 'shut';
  await clock.advance(10_000);
  uplink.way = 'open';
  ref.tell({ type: 'online' });
  await clock.settle();
  t.deepEqual(seconds(), [0, 10, 20, 30, 40]);
});

test('a long disconnect is filled with what the history has', async (t) => {
  const { clock, seconds, uplink, ref } = await rig(60_000);
  uplink.way = 'shut';
  await clock.advance(3_600_000);
  uplink.way = 'open';
  ref.tell({ type: 'online' });
  await clock.settle();
  const times = seconds();
  t.is(times.at(-1), 3_600);
  t.true((times[1] ?? 0) >= 2_700 && times.length <= 17, String(times));
  t.deepEqual(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
});

test('the history is answered in parts that fit into a message', async (t) => {
  const { clock, ref, usage } = await rig(10_000);
  usage.pods = Array.from({ length: 100 }, (_, index) => podUsing(`pod-${index}`));
  await clock.advance(300_000);
  const times: number[] = [];
  for (let more = true, after = 0; more; after = times.at(-1) ?? 0) {
    const asked = ref.ask(metricsDownWire.history.msg.parse({ type: 'history', after, detail: 'full' }), 5_000);
    await clock.settle();
    const answer = await asked;
    if ('error' in answer) return t.fail(answer.error);
    t.true(JSON.stringify(answer).length < 400_000);
    times.push(...answer.samples.map(({ at }) => at));
    ({ more } = answer);
  }
  t.deepEqual(
    times,
    usage.sweeps.map(({ at }) => at),
  );
});
