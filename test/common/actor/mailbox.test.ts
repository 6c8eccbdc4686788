import test from 'ava';
import fc from 'fast-check';
import { Mailbox } from '../../../src/common/actor/mailbox.ts';

type Entry = { key: string | undefined; value: number };
type Step = { do: 'offer'; key: string | undefined } | { do: 'take' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      key: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
);

/** What a mailbox is, said in the plainest way. */
class Model {
  readonly capacity: number;
  line: Entry[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  offer(entry: Entry): boolean {
    const waiting = this.line.findIndex(({ key }) => key !== undefined && key === entry.key);
    if (waiting !== -1) this.line[waiting] = entry;
    else if (this.line.length < this.capacity) this.line.push(entry);
    else return false;
    return true;
  }
}

test('a mailbox never holds more than its capacity, keeps the order, and coalesces in place to the last', (t) => {
  const steps = fc.array(step, { maxLength: 200 });
  const property = fc.property(fc.integer({ min: 1, max: 8 }), steps, (capacity, script) => {
    const mailbox = new Mailbox<Entry>(capacity);
    const model = new Model(capacity);
    for (const [value, action] of script.entries()) {
      if (action.do === 'take') {
        const [expected] = model.line.splice(0, 1);
        if (mailbox.take() !== expected) return false;
      } else {
        const entry = { key: action.key, value };
        if (mailbox.offer(entry) !== model.offer(entry)) return false;
      }
      if (mailbox.size !== model.line.length || mailbox.size > capacity) return false;
    }
    return true;
  });
  t.notThrows(() => fc.assert(property, { numRuns: 500 }));
});

test('positions of keys stay right over many thousand entries', (t) => {
  const mailbox = new Mailbox<Entry>(2_000);
  let value = 0;
  const offer = (key?: string): boolean => mailbox.offer({ key, value: value++ });
  for (let index = 0; index < 1_500; index += 1) offer();
  offer('k');
  for (let index = 0; index < 1_000; index += 1) mailbox.take();
  t.true(offer('k'));
  t.is(mailbox.size, 501);
  for (let index = 0; index < 500; index += 1) mailbox.take();
  t.deepEqual(mailbox.take(), { key: 'k', value: 1_501 });
  t.is(mailbox.take(), undefined);
});

test('what is owed is taken beyond the capacity', (t) => {
  const mailbox = new Mailbox<Entry>(1);
  t.true(mailbox.offer({ key: undefined, value: 1 }));
  t.false(mailbox.offer({ key: undefined, value: 2 }));
  t.true(mailbox.offer({ key: undefined, value: 3 }, true));
  t.is(mailbox.size, 2);
});

test('a capacity that is no positive whole number is refused', (t) => {
  for (const capacity of [0, -1, 1.5, Number.NaN]) {
    t.throws(() => new Mailbox(capacity), { instanceOf: RangeError, message: /whole number of at least 1/ });
  }
});
