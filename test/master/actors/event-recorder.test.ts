import test from 'ava';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../src/common/actor/system.ts';
import { createMeter } from '../../../src/common/metrics/meter.ts';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { eventRecorderBehavior } from '../../../src/master/actors/event-recorder.ts';
import type { Answer, Objects } from '../../../src/master/ports.ts';

test('of many events only a few are written at the same time, the others after them, each once', async (t) => {
  const clock = new FakeClock();
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  t.teardown(async () => {
    const ended = system.shutdown();
    await clock.advance(60_000);
    await ended;
  });
  const underWay: ((answer: Answer<KubeObject>) => void)[] = [];
  const written: string[] = [];
  let most = 0;
  const objects = {
    create: (_: string, object: unknown) =>
      new Promise<Answer<KubeObject>>((resolve) => {
        written.push((object as { message: string }).message);
        underWay.push(resolve);
        most = Math.max(most, underWay.length);
      }),
  } as unknown as Objects;
  let ids = 0;
  const recorder = system.spawn(
    'events',
    eventRecorderBehavior(objects, () => String(++ids)),
  );
  const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default', uid: 'uid' } };
  const all = Array.from({ length: 100 }, (_, i) => `assigned ${i}`);
  for (const message of all) {
    recorder.tell({ type: 'note', about, severity: 'Normal', reason: 'Scheduled', message, component: 'test' });
  }
  for (let turn = 0; turn < 200 && written.length < all.length; turn++) {
    await clock.advance(1);
    underWay.shift()?.({ ok: true, value: about });
  }
  t.deepEqual(written, all, 'none is lost, none comes twice');
  t.true(most <= 8, `${most} at the same time`);
});

test('events that find too many waiting are dropped, and counted', async (t) => {
  const clock = new FakeClock();
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  t.teardown(async () => {
    const ended = system.shutdown();
    await clock.advance(60_000);
    await ended;
  });
  let created = 0;
  const objects = {
    create: async (): Promise<Answer<KubeObject>> => {
      created += 1;
      return { ok: true, value: about };
    },
  } as unknown as Objects;
  const meter = createMeter();
  let ids = 0;
  const recorder = system.spawn(
    'events',
    eventRecorderBehavior(objects, () => String(++ids), meter),
    { mailbox: { capacity: 10_000 } },
  );
  const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default', uid: 'uid' } };
  for (let i = 0; i < 6_000; i++) {
    recorder.tell({ type: 'note', about, severity: 'Normal', reason: 'Scheduled', message: `${i}`, component: 'test' });
  }
  await clock.advance(1_000);
  let dropped = 0;
  meter.series((family, _, value) => {
    if (family.name === 'bramble_events_dropped_total') dropped += value ?? 0;
  });
  t.true(created >= 4_096, `${created} were stored`);
  t.is(created + dropped, 6_000);
});
