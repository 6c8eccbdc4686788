import test from 'ava';
import { MemoryStore } from '../../../src/common/store/memory-store.ts';
import { acceptEvents } from '../../../src/master/actors/device-events.ts';
import { ClusterView } from '../../../src/master/core/view.ts';
import { bootstrap, createObjects } from '../../../src/master/objects.ts';

const NOW = Date.parse('2026-01-02T03:00:00Z');

async function setUp() {
  let ids = 0;
  const store = new MemoryStore();
  const objects = createObjects({
    store,
    clock: { wall: () => NOW },
    newUid: () => `uid-${++ids}`,
    newSuffix: () => `x${++ids}`,
  });
  await bootstrap(objects);
  /** The view as it is once it has seen all that is stored. */
  const view = async () => {
    const seen = new ClusterView();
    for (const { key, object } of (await store.list({ resource: 'events' })).entries) seen.apply(key, object);
    return seen;
  };
  return { objects, view, events: async () => (await view()).list('events') };
}

const told = (name: string, count: number, firstAgo: number, lastAgo: number) => ({
  event: {
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { namespace: 'default', name }, count },
    ...{ involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', uid: 'uid' } },
    ...{ type: 'Normal', reason: 'Started', message: 'Started', source: { component: 'bramble-agent', host: 'other' } },
  },
  firstAgo,
  lastAgo,
});

test('an event gets its time from how long ago it happened, and the name of the device that tells it', async (t) => {
  const { objects, view, events } = await setUp();
  const { results } = await acceptEvents(objects, await view(), 'pi-7', [told('a', 2, 3_600_000, 60_000)], NOW);
  t.deepEqual(results, ['ok']);
  const [event] = await events();
  t.like(event, {
    firstTimestamp: '2026-01-02T02:00:00Z',
    lastTimestamp: '2026-01-02T02:59:00Z',
    count: 2,
    source: { host: 'pi-7' },
  });
});

test('an event that is told again is stored once; a repetition raises its count, an older telling does not lower it', async (t) => {
  const { objects, view, events } = await setUp();
  const before = await view();
  t.deepEqual((await acceptEvents(objects, before, 'pi-7', [told('a', 1, 9_000, 9_000)], NOW)).results, ['ok']);
  const again = await acceptEvents(objects, before, 'pi-7', [told('a', 1, 9_000, 9_000)], NOW);
  t.deepEqual(again.results, ['later'], 'the view does not show it yet');
  t.deepEqual((await acceptEvents(objects, await view(), 'pi-7', [told('a', 3, 9_000, 0)], NOW)).results, ['ok']);
  t.deepEqual((await acceptEvents(objects, await view(), 'pi-7', [told('a', 2, 9_000, 5_000)], NOW)).results, ['ok']);
  const all = await events();
  t.is(all.length, 1);
  t.like(all[0], { count: 3, lastTimestamp: '2026-01-02T03:00:00Z', firstTimestamp: '2026-01-02T02:59:51Z' });
});

test('what is no event, or that of another device, is refused', async (t) => {
  const { objects, view } = await setUp();
  await acceptEvents(objects, await view(), 'pi-7', [told('a', 1, 0, 0)], NOW);
  const none = { event: { kind: 'Event' }, firstAgo: 0, lastAgo: 0 };
  const answer = await acceptEvents(objects, await view(), 'pi-8', [told('a', 2, 0, 0), none], NOW);
  t.deepEqual(answer.results, ['refused', 'refused']);
});

test('an event about a Node is taken from that device only', async (t) => {
  const { objects, view, events } = await setUp();
  const about = (name: string) => {
    const { event, ...times } = told(name, 1, 0, 0);
    return { event: { ...event, involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'pi-7' } }, ...times };
  };
  t.deepEqual((await acceptEvents(objects, await view(), 'pi-8', [about('a')], NOW)).results, ['refused']);
  t.deepEqual((await acceptEvents(objects, await view(), 'pi-7', [about('b')], NOW)).results, ['ok']);
  t.deepEqual(
    (await events()).map(({ involvedObject }) => involvedObject),
    [{ apiVersion: 'v1', kind: 'Node', name: 'pi-7' }],
  );
});
