import test from 'ava';
import { AskError } from '../../../src/common/actor/ask.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../src/common/actor/system.ts';
import type { ActorSystem, Asks, Behavior, Context, Ref } from '../../../src/common/actor/types.ts';
import { createProbe } from '../../support/probe.ts';

type Counter = { type: 'add'; by: number } | ({ type: 'total' } & Asks<number>) | { type: 'fail' };

function counter(): Behavior<Counter> {
  return () => {
    let total = 0;
    return {
      on: {
        add: ({ by }) => {
          total += by;
        },
        total: (_msg, turn) => turn.reply(total),
        fail: () => {
          throw new Error('told to fail');
        },
      },
    };
  };
}

function start(
  clock = new FakeClock(),
  stopWithin = 10_000,
): { clock: FakeClock; system: ActorSystem; dead: string[] } {
  const system = createSystem({ clock, log: silentLogger, random: () => 0, stopWithin });
  const dead: string[] = [];
  system.deadLetters(({ to, msg, why }) => dead.push(`${to.path} ${msg.type}: ${why}`));
  return { clock, system, dead };
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function code(ask: Promise<unknown>): Promise<string> {
  try {
    await ask;
  } catch (error) {
    return error instanceof AskError ? error.code : String(error);
  }
  return 'answered';
}

test('an actor answers with the state that earlier messages made', async (t) => {
  const { system } = start();
  const ref = system.spawn('counter', counter());
  for (const by of [1, 2, 3]) t.true(ref.tell({ type: 'add', by }));
  t.is(await ref.ask({ type: 'total' }, 100), 6);
  t.is(ref.path, '/counter');
});

test('a failed actor starts again with new state, keeps its mailbox, and loses the message that failed it', async (t) => {
  const { system, clock } = start();
  const ref = system.spawn('counter', counter());
  ref.tell({ type: 'add', by: 5 });
  ref.tell({ type: 'fail' });
  ref.tell({ type: 'add', by: 2 });
  const total = ref.ask({ type: 'total' }, 1_000);
  await clock.advance(100);
  t.is(await total, 2);
});

test('asks end with the code that says why', async (t) => {
  const { system, clock } = start();
  const hold = gate();
  type Slow = { type: 'hold' } | ({ type: 'never' } & Asks<string>) | ({ type: 'fail' } & Asks<string>);
  const slow: Behavior<Slow> = () => ({
    on: {
      hold: () => hold.opened,
      never: () => {},
      fail: () => {
        throw new Error('told to fail');
      },
    },
  });
  const ref = system.spawn('slow', slow, { mailbox: { capacity: 1 } });
  const failed = code(ref.ask({ type: 'fail' }, 1_000));
  await clock.advance(200);
  t.is(await failed, 'failed');

  const late = code(ref.ask({ type: 'never' }, 50));
  await clock.advance(50);
  t.is(await late, 'timeout');

  ref.tell({ type: 'hold' });
  await clock.settle();
  const waiting = code(ref.ask({ type: 'never' }, 1_000));
  t.is(await code(ref.ask({ type: 'never' }, 1_000)), 'overloaded');
  const stopped = system.stop(ref);
  hold.open();
  await stopped;
  t.is(await waiting, 'stopped');
  t.is(await code(ref.ask({ type: 'never' }, 1_000)), 'stopped');
  t.is(clock.pending, 0, 'no timer is left');
});

test('a question whose asker has given up is not handled', async (t) => {
  const { system, clock, dead } = start();
  const hold = gate();
  const handled: string[] = [];
  type Msg = { type: 'hold' } | ({ type: 'question' } & Asks<string>);
  const ref = system.spawn<Msg>('slow', () => ({
    on: { hold: () => hold.opened, question: () => void handled.push('question') },
  }));
  ref.tell({ type: 'hold' });
  const asked = code(ref.ask({ type: 'question' }, 10));
  await clock.advance(10);
  t.is(await asked, 'timeout');
  hold.open();
  await clock.settle();
  t.deepEqual(handled, []);
  t.deepEqual(dead, ['/slow question: its asker has given up']);
});

test('beyond its capacity a mailbox refuses, and the message goes to dead letters', async (t) => {
  const { system, dead } = start();
  const ref = system.spawn('counter', counter(), { mailbox: { capacity: 2 } });
  t.deepEqual(
    [1, 2, 3].map((by) => ref.tell({ type: 'add', by })),
    [true, true, false],
  );
  t.deepEqual(dead, ['/counter add: overloaded']);
  t.is(await system.stop(ref).then(() => dead.length), 3, 'those that waited are dead letters too');
});

test('an async handler holds the mailbox, and stop overtakes what waits', async (t) => {
  const { system, clock } = start();
  const hold = gate();
  const log: string[] = [];
  const ref = system.spawn<{ type: 'hold' } | { type: 'next' }>('slow', () => ({
    on: {
      hold: async (_msg, turn) => {
        log.push('hold');
        await hold.opened;
        log.push(turn.signal.aborted ? 'told to stop' : 'done');
      },
      next: () => void log.push('next'),
    },
    stopped: (why) => void log.push(`stopped: ${why.kind}`),
  }));
  ref.tell({ type: 'hold' });
  ref.tell({ type: 'next' });
  await clock.settle();
  t.deepEqual(log, ['hold']);
  const stopped = system.stop(ref);
  hold.open();
  await stopped;
  t.deepEqual(log, ['hold', 'told to stop', 'stopped: shutdown']);
  t.is(clock.pending, 0);
});

test('a handler that does not end when told to is abandoned after the limit', async (t) => {
  const { system, clock } = start(new FakeClock(), 500);
  const ref = system.spawn<{ type: 'hang' }>('hangs', () => ({ on: { hang: () => new Promise<void>(() => {}) } }));
  ref.tell({ type: 'hang' });
  await clock.settle();
  let ended = false;
  const stopping = system.stop(ref).then(() => {
    ended = true;
  });
  await clock.advance(499);
  t.false(ended);
  await clock.advance(1);
  await stopping;
  t.true(ended);
});

test('shutdown ends actors in reverse order of their start, children before parents, and awaits each', async (t) => {
  const { system } = start();
  const log: string[] = [];
  const named = (name: string, children: readonly string[]): Behavior<{ type: 'none' }> => {
    return (self) => {
      for (const child of children) self.spawn(child, named(child, []));
      return {
        on: { none: () => {} },
        stopped: async () => {
          await Promise.resolve();
          log.push(name);
        },
      };
    };
  };
  system.spawn('a', named('a', ['a1', 'a2']));
  system.spawn('b', named('b', ['b1']));
  await createSettled(system);
  await system.shutdown();
  t.deepEqual(log, ['b1', 'b', 'a2', 'a1', 'a']);
  t.deepEqual(await system.ended, { kind: 'shutdown' });
  t.throws(() => system.spawn('c', named('c', [])), { message: /has stopped/ });
});

async function createSettled(system: ActorSystem): Promise<void> {
  if (system.clock instanceof FakeClock) await system.clock.settle();
}

test('a watcher learns of the end once, also when it watches a dead actor', async (t) => {
  const { system } = start();
  const ref = system.spawn('counter', counter());
  const watcher = createProbe(system);
  await watcher.watch(ref);
  await system.stop(ref, { kind: 'done' });
  t.deepEqual(await watcher.nextEnd(), { ref, why: { kind: 'done' } });
  await watcher.watch(ref);
  t.deepEqual(await watcher.nextEnd(), { ref, why: { kind: 'done' } });
  await watcher.watch({ path: '/nobody' });
  t.deepEqual(await watcher.nextEnd(), { ref: { path: '/nobody' }, why: { kind: 'unreachable' } });
});

test('a restart is no end: watchers are told only when the actor is gone for good', async (t) => {
  const { system, clock } = start();
  const ref = system.spawn('counter', counter(), { intensity: { restarts: 1, within: 60_000 } });
  const watcher = createProbe(system);
  await watcher.watch({ path: '/counter' });
  ref.tell({ type: 'fail' });
  await clock.advance(1_000);
  t.is(await ref.ask({ type: 'total' }, 10), 0);
  await system.stop(ref);
  t.deepEqual(await watcher.nextEnd(), { ref, why: { kind: 'shutdown' } });
});

test('an end that the watcher does not handle fails the watcher', async (t) => {
  const { system, clock } = start();
  const ref = system.spawn('counter', counter());
  const starts: string[] = [];
  system.spawn<{ type: 'none' }>('dependent', (self) => {
    starts.push('start');
    if (starts.length === 1) self.watch(ref);
    return { on: { none: () => {} } };
  });
  await clock.settle();
  await system.stop(ref);
  await clock.advance(100);
  t.is(starts.length, 2);
});

test('a failure beyond the intensity fails the parent, and at the root ends the system', async (t) => {
  const { system, clock } = start();
  const starts = { parent: 0, child: 0 };
  const child: Behavior<{ type: 'none' }> = () => {
    starts.child += 1;
    throw new Error('never works');
  };
  system.spawn<{ type: 'none' }>(
    'parent',
    (self) => {
      starts.parent += 1;
      self.spawn('child', child, { intensity: { restarts: 2, within: 60_000 } });
      return { on: { none: () => {} } };
    },
    { intensity: { restarts: 1, within: 60_000 } },
  );
  await clock.advance(60_000);
  const ended = await system.ended;
  t.is(ended.kind, 'failed');
  t.deepEqual(starts, { parent: 2, child: 6 });
  t.regex(String(ended.error), /\/parent failed beyond its intensity/);
  t.is(clock.pending, 0);
});

test('restart: never ends a failed actor without failing its parent', async (t) => {
  const { system, clock } = start();
  const ref = system.spawn('counter', counter(), { restart: 'never' });
  const watcher = createProbe(system);
  await watcher.watch(ref);
  ref.tell({ type: 'fail' });
  const { why } = await watcher.nextEnd();
  t.is(why.kind, 'failed');
  await clock.settle();
  t.true(watcher.ref.tell({ type: 'alive' }));
});

test('an actor can end itself: on-failure lets it go, always starts it again', async (t) => {
  const { system, clock } = start();
  const starts: Record<string, number> = {};
  const behavior = (self: Context<{ type: 'end' }>) => {
    starts[self.ref.path] = (starts[self.ref.path] ?? 0) + 1;
    return { on: { end: () => self.stop(self.ref) } };
  };
  for (const restart of ['on-failure', 'always'] as const) {
    system.spawn<{ type: 'end' }>(restart, behavior, { restart }).tell({ type: 'end' });
  }
  await clock.advance(1_000);
  t.deepEqual(starts, { '/on-failure': 1, '/always': 2 });
});

test('the name of an ended child can be given again, and the old reference does not reach the new actor', async (t) => {
  const { system, dead } = start();
  const first = system.spawn('counter', counter());
  t.throws(() => system.spawn('counter', counter()), { message: '/counter exists already' });
  await system.stop(first);
  const second = system.spawn('counter', counter());
  t.false(first.tell({ type: 'add', by: 1 }));
  await system.stop(first);
  t.is(await second.ask({ type: 'total' }, 10), 0);
  t.deepEqual(dead, ['/counter add: stopped']);
});

test('only a parent stops an actor', async (t) => {
  const { system, clock } = start();
  let child: Ref<Counter> | undefined;
  system.spawn<{ type: 'none' }>('parent', (self) => {
    child = self.spawn('child', counter());
    return { on: { none: () => {} } };
  });
  await clock.settle();
  await t.throwsAsync(system.stop({ path: '/parent/child' }), { message: /only its parent can/ });
  t.is(child?.path, '/parent/child');
});

test('a dead letter listener that throws harms nobody', async (t) => {
  const { system, clock } = start();
  system.deadLetters(() => {
    throw new Error('listener');
  });
  const ref = system.spawn('counter', counter());
  t.notThrows(() => ref.tell({ type: 'unknown' } as unknown as Counter));
  await clock.settle();
  t.is(await ref.ask({ type: 'total' }, 10), 0);
});
