import test from 'ava';
import fc from 'fast-check';
import { createEventOutbox, type Happening, MOST_WAITING } from '../../../../src/agent/core/node/event-outbox.ts';

const happening = (reason: string): Happening => ({
  about: { kind: 'Pod', uid: 'uid' },
  kind: 'Normal',
  reason,
  message: '',
});
const names = () => {
  let made = 0;
  return () => `event-${++made}`;
};

test('a repetition raises the count of the event that said it first; what the master took is not told again', (t) => {
  const outbox = createEventOutbox([]);
  const newName = names();
  outbox.note(happening('Pulled'), newName, 'boot', 10);
  outbox.note(happening('Started'), newName, 'boot', 20);
  outbox.note(happening('Pulled'), newName, 'boot', 30);
  const sent = outbox.waiting();
  t.deepEqual(
    sent.map(({ name, reason, first, last, count }) => [name, reason, first, last, count]),
    [
      ['event-2', 'Started', 20, 20, 1],
      ['event-1', 'Pulled', 10, 30, 2],
    ],
  );
  outbox.note(happening('Started'), newName, 'boot', 40);
  outbox.taken(sent, 50);
  t.deepEqual(
    outbox.waiting().map(({ name, count }) => [name, count]),
    [['event-2', 2]],
    'what was repeated while it was told is told again, with its new count',
  );
});

test('what repeats without end is told ever more rarely', (t) => {
  const outbox = createEventOutbox([]);
  const newName = names();
  let told = 0;
  for (let second = 0; second < 3600; second += 1) {
    outbox.note(happening('BackOff'), newName, 'boot', second * 1000);
    const waiting = outbox.waiting();
    told += waiting.length;
    outbox.taken(waiting, second * 1000);
  }
  t.true(told >= 20 && told <= 23, String(told));
});

test('beyond its bound the oldest are dropped and counted, and those that stay are in order', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3000 }), { minLength: 1, maxLength: 4000 }), (reasons) => {
      const outbox = createEventOutbox([]);
      const newName = names();
      for (const [at, reason] of reasons.entries()) outbox.note(happening(String(reason)), newName, 'boot', at);
      const waiting = outbox.waiting();
      t.true(waiting.length <= MOST_WAITING);
      const lasts = waiting.map(({ last }) => last);
      t.deepEqual(
        lasts,
        lasts.toSorted((a, b) => a - b),
      );
      const dropped = outbox.dropped();
      t.true(waiting.length + dropped >= new Set(reasons).size);
      if (new Set(reasons).size <= MOST_WAITING) t.is(dropped, 0);
      t.is(outbox.dropped(), 0);
    }),
    { numRuns: 20 },
  );
});
