/** What happened while nobody was there to be told. */

import test from 'ava';
import { createDevice } from '../../../support/device.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const reasons = (events: readonly Record<string, unknown>[]) => events.map(({ reason }) => reason);

test('events of a time without a master are told afterwards, in order, with how long ago they happened', async (t) => {
  const { clock, cri, master, boot } = createDevice();
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  await clock.advance(2_000);
  master.away = true;
  master.events.length = 0;
  master.told.length = 0;
  clock.jump(-1_767_225_600_000);
  for (const { id } of cri.running()) cri.exit(id, 1);
  await clock.advance(600_000);
  t.deepEqual(master.events, []);
  clock.jump(1_767_225_600_000);
  master.away = false;
  await clock.advance(15_000);
  t.true(reasons(master.events).includes('Started'), String(reasons(master.events)));
  const agos = master.told.map(({ lastAgo }) => lastAgo);
  t.deepEqual(
    agos,
    agos.toSorted((a, b) => b - a),
  );
  t.true((agos[0] ?? 0) > 590_000 && (agos[0] ?? 0) < 620_000, String(agos));
  const names = master.events.map((event) => (event['metadata'] as { name: string }).name);
  t.is(new Set(names).size, names.length, 'none is told twice');
  await clock.advance(60_000);
  t.is(master.events.length, names.length);
  await agent.crash();
});

test('an agent that is killed meanwhile loses no event', async (t) => {
  const { clock, cri, master, journal, boot } = createDevice();
  const first = await boot();
  master.want(aPod());
  await first.poke();
  master.away = true;
  await clock.advance(2_000);
  master.events.length = 0;
  for (const { id } of cri.running()) cri.exit(id, 1);
  await clock.advance(3_000);
  t.true(journal.entries.length > 0);
  first.kill();
  const second = await boot();
  await clock.advance(60_000);
  master.away = false;
  await clock.advance(15_000);
  t.true(reasons(master.events).includes('Started'));
  t.deepEqual(await journal.load(), [], 'the journal is emptied');
  await second.crash();
});

test('of too many events the oldest are dropped, and that is said', async (t) => {
  const { clock, cri, master, boot } = createDevice();
  const agent = await boot();
  cri.exits = () => 1;
  const names = Array.from({ length: 10 }, (_, at) => `app-${at}`);
  master.want(aPod());
  await agent.poke();
  master.away = true;
  for (let index = 0; index < 40; index += 1) {
    master.away = false;
    master.want(aPod(`pod-${index}`, { spec: { containers: names.map((name) => aContainer(name)) } }));
    await agent.poke();
    master.away = true;
    await clock.advance(20);
  }
  master.away = true;
  await clock.advance(30_000);
  master.away = false;
  await clock.advance(30_000);
  const dropped = master.events.find(({ reason }) => reason === 'EventsDropped');
  t.regex(String(dropped?.['message']), /^\d+ events were dropped: too many waited for the master$/);
  await agent.crash();
});

test('a journal that can not be written stops nothing', async (t) => {
  const { clock, master, journal, boot } = createDevice();
  journal.full = true;
  const agent = await boot();
  master.want(aPod());
  await agent.poke();
  await clock.advance(2_000);
  t.true(reasons(master.events).includes('Started'));
  await agent.crash();
});

test('a damaged checkpoint is a condition of the node and its event, and nothing is removed for it', async (t) => {
  const { clock, cri, master, checkpoint, boot } = createDevice();
  const first = await boot();
  master.want(aPod());
  master.want(aPod('other'));
  await first.poke();
  await first.crash();
  checkpoint.damage = ['pods/default/other is damaged: it is lost'];
  checkpoint.objects.delete('Pod.default.other');
  master.away = true;
  const second = await boot();
  await clock.advance(60_000);
  t.is(cri.running().length, 2, 'what the damaged part wanted runs on');
  master.away = false;
  await clock.advance(15_000);
  const conditions = master.nodes.flatMap(
    (node) => (node['status'] as { conditions: { type: string; status: string }[] }).conditions,
  );
  const problem = conditions.filter(({ type }) => type === 'CheckpointProblem').map(({ status }) => status);
  t.deepEqual(
    problem.filter((status, at) => status !== problem[at - 1]),
    ['False', 'True', 'False'],
  );
  t.true(reasons(master.events).includes('CheckpointDamaged'));
  t.true(reasons(master.events).includes('CheckpointKept'));
  t.is(checkpoint.objects.size, 2);
  t.is(cri.running().length, 2);
  await second.crash();
});
