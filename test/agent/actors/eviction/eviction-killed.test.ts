/** The agent is killed in the middle of an eviction: the next one goes on with it, and nobody else is ended for the same want. */

import test from 'ava';
import type { Seen } from '../../../../src/agent/core/eviction/seen.ts';
import { createDevice } from '../../../support/device.ts';
import { rulesFor } from '../../../support/fake-pressure.ts';
import { memoryOf, podUsage } from '../../../support/fake-usage.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const MIB = 2 ** 20;
const rules = rulesFor({
  evictionHard: 'memory.available<100Mi',
  evictionSoft: 'memory.available<500Mi',
  evictionSoftGracePeriod: 'memory.available=1s',
  evictionMaxPodGracePeriod: 20,
});

for (const [shortAfter, how] of [
  [50, 'has no more time when a hard threshold is met'],
  [300, 'ends in its time while it is a soft one'],
] as const) {
  test(`a pod that was being evicted when the agent was killed ends as such, and ${how}; no other one is ended`, async (t) => {
    const device = createDevice();
    const { master, clock, cri, pressure, ballast, usage } = device;
    const eviction = { rules, signals: pressure, ballast };
    const runs = (uid: string) =>
      [...cri.containers.values()].some(
        ({ state, config }) => state === 'running' && config.labels['io.kubernetes.pod.uid'] === uid,
      );
    for (const name of ['big', 'other']) master.want(aPod(name, { spec: { containers: [aContainer('app')] } }));
    const uses = (name: string, mib: number) =>
      usage.pods.set(`uid-${name}`, podUsage(name, { memory: memoryOf(mib * MIB) }));
    uses('big', 400);
    uses('other', 200);
    cri.ending = () => 15_000;
    const agent = await device.boot({ eviction });
    await agent.poke();
    await clock.advance(3000);
    t.true(runs('uid-big') && runs('uid-other'));

    let left = 300;
    const { levels } = pressure;
    Object.defineProperty(pressure, 'levels', {
      get: (): Seen['levels'] =>
        runs('uid-big') ? { ...levels, 'memory.available': { available: left * MIB, capacity: 1000 * MIB } } : levels,
    });
    while (!cri.calls.includes('stopContainer')) await clock.advance(100);
    await clock.advance(1000);
    agent.kill();
    t.true(runs('uid-big'));
    t.is(master.status('big')?.phase, 'Running');

    // What is being ended has given back most of it: now another one would be chosen.
    uses('big', 20);
    left = shortAfter;
    await device.boot({ eviction });
    await clock.advance(60_000);
    t.like(master.status('big'), { phase: 'Failed', reason: 'Evicted' });
    t.regex(master.status('big')?.message ?? '', /^The node was low on resource: memory\. Threshold quantity: 500Mi/);
    t.false(runs('uid-big'));
    t.is(master.status('other')?.phase, 'Running');
    t.true(runs('uid-other'));
    t.is(master.events.filter(({ reason }) => reason === 'Evicted').length, 1);
  });
}
