import test from 'ava';
import fc from 'fast-check';
import { realClock } from '../../../src/common/actor/clock.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../src/common/actor/system.ts';
import type { ActorSystem, Context, Ref } from '../../../src/common/actor/types.ts';

type Msg = { type: 'tick'; n: number } | { type: 'fail' } | { type: 'hold' };
type Opened = {
  self: Context<Msg>;
  ref: Ref<Msg>;
  seen: number[];
  clock: FakeClock;
  system: ActorSystem;
  open: () => void;
};

/** An actor whose context the test holds; `hold` keeps it busy until `open`. */
async function open(): Promise<Opened & { contexts: Context<Msg>[] }> {
  const clock = new FakeClock(0);
  const system = createSystem({ clock, log: silentLogger, random: () => 0 });
  const contexts: Context<Msg>[] = [];
  const seen: number[] = [];
  let release = (): void => {};
  const ref = system.spawn<Msg>('actor', (self) => {
    contexts.push(self);
    return {
      on: {
        tick: ({ n }) => void seen.push(n),
        fail: () => {
          throw new Error('told to fail');
        },
        hold: () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
      },
    };
  });
  await clock.settle();
  const [self] = contexts;
  if (self === undefined) throw new Error('the actor has not started');
  return { self, ref, seen, clock, system, contexts, open: () => release() };
}

const tick = (n: number): Msg => ({ type: 'tick', n });

test('setting a key again replaces its timer, cancel ends it, and unnamed timers do not touch each other', async (t) => {
  const { self, seen, clock } = await open();
  self.after(10, tick(1), 'key');
  self.after(20, tick(2), 'key');
  self.after(10, tick(3));
  self.after(10, tick(4));
  self.after(5, tick(5), 'gone');
  self.cancel('gone');
  self.cancel('unknown');
  await clock.advance(100);
  t.deepEqual(seen, [3, 4, 2]);
  t.is(clock.pending, 0);
});

test('a periodic timer ticks until it is cancelled, and waiting ticks do not pile up', async (t) => {
  const { self, ref, seen, clock, open: release } = await open();
  self.every(10, tick(1), 'beat');
  await clock.advance(35);
  t.is(seen.length, 3);
  ref.tell({ type: 'hold' });
  await clock.advance(50);
  release();
  await clock.settle();
  t.is(seen.length, 4, 'five periods passed while the actor was busy');
  self.cancel('beat');
  await clock.advance(100);
  t.is(seen.length, 4);
  t.throws(() => self.every(0, tick(1)), { instanceOf: RangeError });
});

test('a tick that waits when its timer is cancelled is not delivered', async (t) => {
  const { self, ref, seen, clock, open: release } = await open();
  ref.tell({ type: 'hold' });
  self.after(10, tick(1), 'once');
  self.every(10, tick(2), 'often');
  await clock.advance(15);
  self.cancel('once');
  self.cancel('often');
  release();
  await clock.settle();
  t.deepEqual(seen, []);
});

test('timers end with the incarnation that set them', async (t) => {
  const { self, ref, seen, clock, contexts, system } = await open();
  self.after(500, tick(1));
  self.every(500, tick(2));
  ref.tell({ type: 'fail' });
  await clock.advance(2_000);
  t.deepEqual(seen, []);
  self.after(10, tick(3));
  await clock.advance(10);
  t.deepEqual(seen, [], 'an old context sets no timers');
  contexts[1]?.after(10, tick(4));
  await clock.advance(10);
  t.deepEqual(seen, [4]);
  await system.shutdown();
  t.is(clock.pending, 0);
});

test('the result of long work comes back as a message and does not hold the mailbox', async (t) => {
  const { self, ref, seen, clock } = await open();
  const wait = (delay: number) => () => new Promise<number>((resolve) => void clock.timer(delay, () => resolve(delay)));
  self.pipe(wait(10), tick, () => tick(-1));
  self.pipe(
    () => Promise.reject(new Error('no')),
    () => tick(-1),
    () => tick(0),
  );
  self.pipe(
    () => {
      throw new Error('at once');
    },
    () => tick(-1),
    () => tick(1),
  );
  ref.tell(tick(2));
  await clock.advance(10);
  t.deepEqual(seen.sort(), [0, 1, 10, 2].sort());
});

test('a stop aborts piped work', async (t) => {
  const { self, seen, system, ref, clock } = await open();
  let aborted = false;
  self.pipe(
    (signal) =>
      new Promise<number>((resolve) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve(7);
        });
      }),
    tick,
    () => tick(-1),
  );
  await system.stop(ref);
  await clock.settle();
  t.true(aborted);
  t.deepEqual(seen, []);
});

test('much piped work at once is no leak that the platform would warn of', async (t) => {
  const { self, system, ref, clock } = await open();
  const warnings: string[] = [];
  const listen = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  for (let index = 0; index < 50; index += 1) {
    self.pipe(
      (signal) => new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(0))),
      tick,
      () => tick(-1),
    );
  }
  await new Promise((resolve) => setImmediate(resolve));
  await system.stop(ref);
  await clock.settle();
  t.deepEqual(warnings, []);
});

test('no result of an earlier incarnation reaches the restarted actor, whenever it comes', async (t) => {
  const moments = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(moments, fc.integer({ min: 0, max: 200 }), async (delays, failAt) => {
      const { self, ref, seen, clock, contexts } = await open();
      const pipe = (context: Context<Msg> | undefined, mark: number, delay: number): void =>
        context?.pipe(
          () => new Promise<number>((resolve) => void clock.timer(delay, () => resolve(mark + delay))),
          tick,
          () => tick(-1),
        );
      for (const delay of delays) pipe(self, 0, delay);
      await clock.advance(failAt);
      ref.tell({ type: 'fail' });
      await clock.settle();
      const before = seen.length;
      await clock.advance(100);
      pipe(contexts[1], 1_000, 10);
      await clock.advance(1_000);
      t.deepEqual(seen.slice(before), [1_010]);
      t.is(before, delays.filter((delay) => delay <= failAt).length);
    }),
    { numRuns: 50 },
  );
});

test('a key that coalesces keeps only the last message told', async (t) => {
  const clock = new FakeClock(0);
  const system = createSystem({ clock, log: silentLogger, random: () => 0 });
  const seen: string[] = [];
  const ref = system.spawn<{ type: 'changed'; key: string; n: number }>(
    'level',
    () => ({ on: { changed: ({ key, n }) => void seen.push(`${key}${n}`) } }),
    { mailbox: { capacity: 2, coalesce: ({ key }) => key } },
  );
  const told = [1, 2, 3].flatMap((n) => ['a', 'b'].map((key) => ref.tell({ type: 'changed', key, n })));
  t.true(told.every(Boolean));
  t.false(ref.tell({ type: 'changed', key: 'c', n: 1 }));
  await clock.settle();
  t.deepEqual(seen, ['a3', 'b3']);
});

test('two actors that keep each other busy leave the event loop its turns', async (t) => {
  const system = createSystem({ clock: realClock, log: silentLogger, random: () => 0 });
  t.teardown(() => system.shutdown());
  let other: Ref<{ type: 'ball' }> | undefined;
  const left = system.spawn<{ type: 'ball' }>('left', () => ({
    on: { ball: () => void other?.tell({ type: 'ball' }) },
  }));
  other = system.spawn<{ type: 'ball' }>('right', () => ({
    on: {
      ball: async () => {
        await Promise.resolve();
        left.tell({ type: 'ball' });
      },
    },
  }));
  left.tell({ type: 'ball' });
  await new Promise<void>((resolve) => realClock.timer(5, resolve));
  t.pass();
});

/** Time passes on it when a test says so. */
class BusyClock extends FakeClock {
  spent = 0;

  override now(): number {
    return super.now() + this.spent;
  }
}

test('messages that take long leave the event loop its turn after a few of them', async (t) => {
  const clock = new BusyClock(0);
  const system = createSystem({ clock, log: silentLogger, random: () => 0 });
  let handled = 0;
  const actors = ['left', 'right'].map((name) =>
    system.spawn<{ type: 'work' }>(name, () => ({
      on: {
        work: () => {
          handled += 1;
          clock.spent += 3;
        },
      },
    })),
  );
  await clock.settle();
  for (let i = 0; i < 10; i++) for (const actor of actors) actor.tell({ type: 'work' });
  await Promise.resolve();
  t.true(handled > 0 && handled <= 4, `${handled} handled at once`);
  await clock.settle();
  t.is(handled, 20);
  const ended = system.shutdown();
  await clock.settle();
  await ended;
});
