/** The agent is killed at any moment, between any two things that it asks of its device; the runtime goes and comes. */

import test, { type ExecutionContext } from 'ava';
import { containerNameLabel, podUidLabel } from '../../../src/agent/core/pod/pod-labels.ts';
import { CriError } from '../../../src/agent/ports/cri.ts';
import { createDevice } from '../../support/device.ts';
import type { FakeCri } from '../../support/fake-cri.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const SEEDS = 200;

/** Whole numbers below `most`, the same for the same seed. */
function numbers(seed: number): (most: number) => number {
  let state = (seed * 2_654_435_761) | 0;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * most);
  };
}

const slots = (cri: FakeCri) =>
  cri.running().map(({ labels }) => `${labels[podUidLabel]} ${labels[containerNameLabel]}`);

const settings = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default' },
  data: { COLOR: 'red' },
};
const podOf = (name: string, uid: string) =>
  aPod(name, {
    metadata: { uid },
    spec: {
      containers: [aContainer('a', { envFrom: [{ configMapRef: { name: 'settings' } }] }), aContainer('b')],
      volumes: [{ name: 'files', configMap: { name: 'settings', defaultMode: 0o644 } }],
    },
  });

/** A device whose pods come, go and crash while the agent is killed again and again; it ends with everything as it is wanted. */
async function live(
  t: ExecutionContext,
  seed: number,
  moments: Set<string>,
  disturb: (cri: FakeCri, below: (most: number) => number) => void,
  exact = true,
): Promise<number> {
  const below = numbers(seed);
  const { clock, cri, files, master, boot } = createDevice();
  const wanted = new Map<string, string>();
  const crashes = new Map<string, number>();
  let uids = 0;
  let left = 0;
  let kills = 0;
  const dies = (call: string) => {
    const running = slots(cri);
    if (new Set(running).size < running.length) t.fail(`seed ${seed}, before ${call}: twice in ${running.join(', ')}`);
    left -= 1;
    if (left !== 0) return undefined;
    moments.add(call);
    kills += 1;
    return below(2) === 0 ? 'before' : 'after';
  };
  const change = () => {
    const name = `web-${below(3)}`;
    if (wanted.has(name) && below(2) === 0) {
      master.unwant('Pod', name);
      wanted.delete(name);
    } else if (!wanted.has(name)) {
      uids += 1;
      wanted.set(name, `uid-${uids}`);
      master.want(podOf(name, `uid-${uids}`));
    }
    const running = cri.running();
    const victim = running[below(running.length * 3 + 1)];
    if (victim !== undefined) {
      cri.exit(victim.id, 1);
      const slot = `${victim.labels[podUidLabel]} ${victim.name}`;
      crashes.set(slot, (crashes.get(slot) ?? 0) + 1);
    }
  };
  master.want(settings);
  let agent = await boot({}, dies);
  for (let round = 0; round < 6; round += 1) {
    left = 1 + below(40);
    master.away = below(4) === 0;
    change();
    disturb(cri, below);
    await agent.poke();
    await clock.advance(below(5000));
    // One that has not come to that many calls is killed where it is.
    agent.kill();
    agent = await boot({}, dies);
  }
  left = 0;
  master.away = false;
  cri.failing = () => undefined;
  cri.losing = () => undefined;
  if (agent.killed()) agent = await boot({}, dies);
  await agent.poke();
  await clock.advance(200_000);
  const expected = [...wanted.values()].flatMap((uid) => [`${uid} a`, `${uid} b`]);
  t.deepEqual(slots(cri).toSorted(), expected.toSorted(), `seed ${seed}`);
  for (const { labels, name, attempt } of cri.running()) {
    const slot = `${labels[podUidLabel]} ${name}`;
    if (exact)
      t.is(attempt, crashes.get(slot) ?? 0, `seed ${seed}: ${slot} is a new one only where the one before ended`);
  }
  t.is(cri.sandboxes.size, wanted.size, `seed ${seed}`);
  t.deepEqual((await files.list()).map(({ uid }) => uid).toSorted(), [...wanted.values()].toSorted(), `seed ${seed}`);
  for (const [name, uid] of wanted) {
    const report = master.reports.findLast((one) => one.uid === uid);
    t.is((report?.status as { phase?: string } | undefined)?.phase, 'Running', `seed ${seed}: ${name}`);
  }
  await agent.crash();
  return kills;
}

test(`killed between two calls again and again, the agent comes to what is wanted, with nothing double and nothing lost`, async (t) => {
  t.timeout(120_000);
  const moments = new Set<string>();
  let kills = 0;
  for (let seed = 0; seed < SEEDS; seed += 1) kills += await live(t, seed, moments, () => {});
  t.true(kills >= SEEDS, `${kills} kills`);
  for (const call of [
    'runSandbox',
    'createContainer',
    'startContainer',
    'stopContainer',
    'removeSandbox',
    'apply',
    'load',
  ]) {
    t.true(moments.has(call), `killed at ${[...moments]}`);
  }
});

test('the same while the runtime goes and comes', async (t) => {
  t.timeout(120_000);
  const moments = new Set<string>();
  for (let seed = 0; seed < 60; seed += 1) {
    await live(t, 1000 + seed, moments, (cri, below) => {
      const down = below(2) === 0;
      cri.failing = () => (down ? new CriError('unavailable', 'no runtime answers') : undefined);
    });
  }
});

test('the same while any call fails now and then, or has its effect and no answer', async (t) => {
  t.timeout(120_000);
  const moments = new Set<string>();
  for (let seed = 0; seed < 60; seed += 1) {
    const disturb = (cri: FakeCri, below: (most: number) => number): void => {
      cri.failing = () => (below(8) === 0 ? new CriError('unavailable', 'no runtime answers') : undefined);
      cri.losing = () => (below(8) === 0 ? new CriError('timeout', 'no answer within 120 s') : undefined);
    };
    await live(t, 2000 + seed, moments, disturb, false);
  }
});
