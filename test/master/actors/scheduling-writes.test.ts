import test from 'ava';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import type { Ref } from '../../../src/common/actor/types.ts';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import type { RecorderMessage } from '../../../src/master/actors/event-recorder.ts';
import { Intake } from '../../../src/master/actors/intake.ts';
import { refuse, unschedulable } from '../../../src/master/actors/scheduling-writes.ts';
import type { Answer, Objects } from '../../../src/master/ports.ts';

test('the reasons of many pods that must wait are stored for some at a time, each once', async (t) => {
  const clock = new FakeClock();
  const underWay: (() => void)[] = [];
  const stored: string[] = [];
  let most = 0;
  const objects = {
    changeStatus: ({ name }: { name: string }) =>
      new Promise<Answer<KubeObject>>((resolve) => {
        stored.push(name);
        underWay.push(() => resolve({ ok: true, value: { apiVersion: 'v1', kind: 'Pod', metadata: { name } } }));
        most = Math.max(most, underWay.length);
      }),
  } as unknown as Objects;
  let events = 0;
  const recorder = {
    tell: () => {
      events += 1;
      return true;
    },
  } as unknown as Ref<RecorderMessage>;
  const intake = new Intake(clock, 4, Number.POSITIVE_INFINITY);
  const names = Array.from({ length: 100 }, (_, i) => `web-${i}`);
  for (const name of names) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid: name }, spec: {} };
    const why = unschedulable('0/1 nodes are available: 1 Insufficient cpu.', undefined);
    refuse({ clock, log: silentLogger }, { objects, recorder, intake }, pod as unknown as Pod, why);
  }
  await clock.settle();
  while (underWay.length > 0) {
    underWay.shift()?.();
    await clock.advance(1_000);
  }
  t.deepEqual(stored, names);
  t.is(most, 4);
  t.is(events, names.length);
});
