import test from 'ava';
import { type Listing, relist, relistPeriods } from '../../../src/agent/actors/relist.ts';
import { CriError, type RuntimeEvent } from '../../../src/agent/ports/cri.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../src/common/actor/system.ts';
import { FakeCri } from '../../support/fake-cri.ts';

/** A runtime with events that a test sends, and a lister of it with 110 pods. */
async function watched() {
  const clock = new FakeClock();
  const cri = new FakeCri(() => clock.wall());
  let send: (event: RuntimeEvent) => void = () => {};
  cri.events = async function* (signal: AbortSignal) {
    while (!signal.aborted) {
      yield await new Promise<RuntimeEvent>((resolve) => {
        send = resolve;
      });
    }
  };
  const listings: Listing[] = [];
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  const listener = { tell: ({ listing }: { listing: Listing }) => listings.push(listing) > 0 };
  const lister = system.spawn('relist', relist(cri, listener, relistPeriods));
  lister.tell({ type: 'pods', count: 110 });
  await clock.settle();
  const tell = async (type: RuntimeEvent['type']) => {
    send({ type, containerId: 'c' });
    await clock.settle();
  };
  const lists = () => cri.calls.filter((call) => call === 'listContainers').length;
  return { clock, cri, lister, tell, lists, listings, system };
}

test('after the end of a container has been told it is listed soon, and again until the runtime must know of it', async (t) => {
  const { clock, tell, lists, system } = await watched();
  await tell('stopped');
  await clock.advance(2000);
  const before = lists();
  await tell('stopped');
  await clock.advance(30);
  t.is(lists(), before + 1);
  await clock.advance(120);
  t.is(lists(), before + 2);
  await clock.advance(480);
  t.is(lists(), before + 3);
  await clock.advance(9_000);
  t.is(lists(), before + 3, 'a runtime that tells is asked seldom');
  await system.shutdown();
});

test('many ends at once make no more listings than some, and what the agent does itself makes none', async (t) => {
  const { clock, tell, lists, system } = await watched();
  await tell('stopped');
  await clock.advance(20_000);
  const before = lists();
  for (let end = 0; end < 100; end += 1) await tell('stopped');
  await clock.advance(2000);
  t.true(lists() - before <= 3, String(lists() - before));
  const after = lists();
  for (const type of ['created', 'started', 'deleted'] as const) await tell(type);
  await clock.advance(1000);
  t.is(lists(), after);
  await system.shutdown();
});

test('a runtime that does not refuse to tell is asked seldom, before anything has ended; one that stops telling is not', async (t) => {
  const { clock, cri, lists, listings, system } = await watched();
  await clock.advance(10_000);
  const before = lists();
  await clock.advance(60_000);
  t.true(lists() - before <= 6, String(lists() - before));
  cri.failing = (method) => (method === 'listContainers' ? new CriError('unavailable', 'gone') : undefined);
  await clock.advance(11_000);
  const away = lists();
  await clock.advance(10_000);
  t.true(lists() - away >= 9, 'pods wait for it');
  t.true(listings.length > 0);
  await system.shutdown();
});

test('a runtime that was not there is watched as soon as it answers', async (t) => {
  const clock = new FakeClock();
  const cri = new FakeCri(() => clock.wall());
  let asked = 0;
  let away = true;
  cri.events = async function* (signal: AbortSignal) {
    asked += 1;
    if (away) throw new CriError('unavailable', 'no runtime answers');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  cri.failing = () => (away ? new CriError('unavailable', 'no runtime answers') : undefined);
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  system.spawn('relist', relist(cri, { tell: () => true }, relistPeriods));
  await clock.advance(1500);
  t.is(asked, 1);
  away = false;
  await clock.advance(1000);
  t.is(asked, 2);
  await clock.advance(20_000);
  t.is(asked, 2);
  await system.shutdown();
});

test('who asks for a new list is answered after one that began later, and also when the runtime gives none', async (t) => {
  const { clock, cri, lister, listings, system } = await watched();
  let answer = () => {};
  const list = cri.listContainers;
  cri.listContainers = async () => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return list();
  };
  lister.tell({ type: 'whole' });
  await clock.settle();
  let answered = false;
  const asked = lister.ask({ type: 'anew' }, 5000).then(() => {
    answered = true;
  });
  await clock.settle();
  const before = listings.length;
  answer();
  await clock.settle();
  t.is(listings.length, before + 1);
  t.false(answered, 'that list was begun before');
  await clock.advance(1);
  answer();
  await asked;
  t.is(listings.length, before + 2);
  cri.listContainers = list;
  cri.failing = () => new CriError('unavailable', 'gone');
  const refused = lister.ask({ type: 'anew' }, 5000);
  await clock.settle();
  t.is(await refused, undefined);
  t.is(listings.length, before + 2);
  await system.shutdown();
});
