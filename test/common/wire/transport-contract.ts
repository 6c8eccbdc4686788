/** What every transport does for actors: one suite for all implementations. */
import type { TestFn } from 'ava';
import { z } from 'zod';
import { AskError } from '../../../src/common/actor/ask.ts';
import { realClock } from '../../../src/common/actor/clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../src/common/actor/system.ts';
import type { Transport } from '../../../src/common/actor/transport.ts';
import type { ActorSystem, Asks, Behavior, Wire } from '../../../src/common/actor/types.ts';
import { createProbe } from '../../support/probe.ts';

export type Rig = {
  /** A new connection to the same network. */
  connect(): Promise<{ readonly transport: Transport; close(): Promise<void> }>;
  stop(): Promise<void>;
};

type Device =
  | { type: 'beat'; node?: string; n: number }
  | { type: 'ping' }
  | ({ type: 'sum'; values: number[] } & Asks<number>)
  | ({ type: 'who'; node?: string } & Asks<string>)
  | ({ type: 'silent' } & Asks<string>)
  | ({ type: 'fail' } & Asks<string>)
  | ({ type: 'lie' } & Asks<number>);

const node = z.string().optional();
const wire = {
  beat: { msg: z.object({ type: z.literal('beat'), node, n: z.number() }) },
  ping: { msg: z.object({ type: z.literal('ping') }) },
  sum: { msg: z.object({ type: z.literal('sum'), values: z.array(z.number()) }), answer: z.number() },
  who: { msg: z.object({ type: z.literal('who'), node }), answer: z.string() },
  silent: { msg: z.object({ type: z.literal('silent') }), answer: z.string() },
  fail: { msg: z.object({ type: z.literal('fail') }), answer: z.string() },
  lie: { msg: z.object({ type: z.literal('lie') }), answer: z.number() },
} as unknown as Wire<Device>;

const device: Behavior<Device> = () => ({
  on: {
    beat: () => {},
    ping: () => {},
    sum: ({ values }, turn) => turn.reply(values.reduce((a, b) => a + b, 0)),
    who: (msg, turn) => turn.reply(msg.node ?? 'nobody'),
    silent: () => {},
    fail: () => {
      throw new Error('told to fail');
    },
    lie: (_msg, turn) => turn.reply('no number' as unknown as number),
  },
});

async function code(ask: Promise<unknown>): Promise<string> {
  try {
    await ask;
  } catch (error) {
    return error instanceof AskError ? error.code : String(error);
  }
  return 'answered';
}

/** Registers the suite: `start` makes a network of its own for each test. */
export function transportContract(test: TestFn, start: () => Promise<Rig>): void {
  type Ends = {
    here: ActorSystem;
    there: ActorSystem;
    near: Transport;
    far: Transport;
    dead: string[];
    closeHere: () => Promise<void>;
  };

  async function ends(t: { teardown(end: () => Promise<void>): void }): Promise<Ends> {
    const rig = await start();
    t.teardown(() => rig.stop());
    const dead: string[] = [];
    const connected = await Promise.all([rig.connect(), rig.connect()]);
    const [here, there] = connected.map(({ transport }) => {
      const system = createSystem({ clock: realClock, log: silentLogger, random: () => 0, transport });
      system.deadLetters(({ to, msg, why }) => dead.push(`${to.path} ${msg.type}: ${why}`));
      t.teardown(() => system.shutdown());
      return system;
    });
    if (here === undefined || there === undefined) throw new Error('two systems were asked for');
    const [{ transport: near, close: closeHere }, { transport: far }] = connected;
    return { here, there, near, far, dead, closeHere };
  }

  test('messages and answers cross the wire', async (t) => {
    const { here, there } = await ends(t);
    await there.expose(there.spawn('device', device), wire);
    const ref = here.remote('/device', wire);
    t.is(await ref.ask({ type: 'sum', values: [1, 2, 3] }, 2_000), 6);
    const probe = createProbe<Device>(there);
    await there.expose(probe.ref, wire, { path: '/other/place' });
    t.true(here.remote('/other/place', wire).tell({ type: 'beat', n: 1 }));
    t.deepEqual(await probe.next(), { type: 'beat', n: 1 });
    here.remote('/other/place', wire).tell({ type: 'ping' });
    t.deepEqual(await probe.next(), { type: 'ping' });
  });

  test('the parameter in the path overwrites what the sender says about itself', async (t) => {
    const { here, there } = await ends(t);
    await there.expose(there.spawn('devices', device), wire, { path: '/node/{node}/up' });
    const ref = here.remote('/node/pi.7/up', wire);
    t.is(await ref.ask({ type: 'who', node: 'somebody-else' }, 2_000), 'pi.7');
    t.is(await here.remote('/node/pi-8/up', wire).ask({ type: 'who' }, 2_000), 'pi-8');
  });

  test('an ask without anybody there ends at once', async (t) => {
    const { here, there } = await ends(t);
    const begin = performance.now();
    t.is(await code(here.remote('/nobody', wire).ask({ type: 'who' }, 60_000)), 'stopped');
    const ref = there.spawn('device', device);
    await there.expose(ref, wire);
    t.is(await code(here.remote('/device', wire).ask({ type: 'who' }, 60_000)), 'answered');
    await there.stop(ref);
    await there.expose(there.spawn('after', device), wire);
    t.is(
      await code(here.remote('/device', wire).ask({ type: 'who' }, 60_000)),
      'stopped',
      'the exposure ended with it',
    );
    t.true(performance.now() - begin < 30_000);
  });

  test('an ask ends with its limit, and with the failure of the actor', async (t) => {
    const { here, there } = await ends(t);
    await there.expose(there.spawn('device', device), wire);
    const ref = here.remote('/device', wire);
    t.is(await code(ref.ask({ type: 'silent' }, 30)), 'timeout');
    const error = await t.throwsAsync(ref.ask({ type: 'fail' }, 2_000), { instanceOf: AskError });
    t.is(error.code, 'failed');
    t.regex(error.message, /told to fail/);
    t.is(await code(ref.ask({ type: 'lie' }, 2_000)), 'failed', 'an answer that its schema refuses never leaves');
  });

  test('input that does not fit the wire is refused to the asker and never reaches the actor', async (t) => {
    const { here, there, near, dead } = await ends(t);
    const ref = there.spawn('device', device);
    await there.expose(ref, wire);
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const ask = async (type: string, body: string): Promise<string> =>
      new TextDecoder().decode(await near.request('/device', type, bytes(body), 2_000));
    for (const [type, body] of [
      ['sum', '{"values":["one"]}'],
      ['sum', 'no json'],
      ['sum', '[]'],
      ['sum', ''],
      ['beat', '{"n":1}'],
    ] as const) {
      t.regex(await ask(type, body), /^\{"error":"invalid","message":".+"\}$/, `${type} ${body}`);
    }
    t.is(dead.length, 5);
    t.true(dead.every((letter) => letter.includes('from the wire')));
    t.is(await here.remote('/device', wire).ask({ type: 'sum', values: [1] }, 2_000), 1, 'the actor goes on');
  });

  test('a type that the wire does not have is nobody’s, so that another may serve it on the same path', async (t) => {
    const { there, near, far } = await ends(t);
    await there.expose(there.spawn('device', device), wire);
    for (const type of ['unknown', 'constructor']) {
      t.is(await code(near.request('/device', type, new Uint8Array(0), 2_000)), 'stopped', type);
    }
    await far.serve('/device', ({ reply }) => reply?.(new TextEncoder().encode('{"ok":1}')), { types: ['unknown'] });
    t.is(new TextDecoder().decode(await near.request('/device', 'unknown', new Uint8Array(0), 2_000)), '{"ok":1}');
  });

  test('a message that its own wire refuses does not leave', async (t) => {
    const { here, dead } = await ends(t);
    const ref = here.remote('/device', wire);
    t.false(ref.tell({ type: 'beat', n: 'one' as unknown as number }));
    t.is(dead.length, 1);
    t.is(await code(ref.ask({ type: 'sum', values: 'none' as unknown as number[] }, 1_000)), 'invalid');
  });

  test('in a queue group each message goes to one member', async (t) => {
    const { here, there } = await ends(t);
    const members = [createProbe<Device>(there, 'one'), createProbe<Device>(there, 'two')];
    for (const { ref } of members) await there.expose(ref, wire, { path: '/group', queue: 'workers' });
    const ref = here.remote('/group', wire);
    for (let n = 0; n < 20; n += 1) ref.tell({ type: 'beat', n });
    const last = createProbe<Device>(there, 'last');
    await there.expose(last.ref, wire, { path: '/last' });
    here.remote('/last', wire).tell({ type: 'ping' });
    await last.next();
    const seen = members.flatMap(({ received }) => received.map((msg) => ('n' in msg ? msg.n : -1)));
    t.deepEqual(
      seen.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  test('a closed connection is told to askers and to watchers', async (t) => {
    const { here, there, closeHere } = await ends(t);
    await there.expose(there.spawn('device', device), wire);
    const ref = here.remote('/device', wire);
    const probe = createProbe(here);
    await probe.watch(ref);
    await closeHere();
    t.deepEqual((await probe.nextEnd()).why, { kind: 'unreachable' });
    t.is(await code(ref.ask({ type: 'who' }, 60_000)), 'unreachable');
    t.false(ref.tell({ type: 'ping' }));
  });
}
