import test from 'ava';
import fc from 'fast-check';
import { DueQueue } from '../../../src/common/lib/due-queue.ts';

test('what is due comes out in the order of its times, and nothing before its time', (t) => {
  const operations = fc.array(fc.oneof(fc.record({ add: fc.nat(100) }), fc.record({ now: fc.nat(100) })));
  fc.assert(
    fc.property(operations, (list) => {
      const queue = new DueQueue<number>();
      let model: number[] = [];
      for (const one of list) {
        if ('add' in one) {
          queue.add(one.add, one.add);
          model.push(one.add);
          model.sort((a, b) => a - b);
          continue;
        }
        const taken: number[] = [];
        for (let item = queue.take(one.now); item !== undefined; item = queue.take(one.now)) taken.push(item);
        t.deepEqual(
          taken,
          model.filter((at) => at <= one.now),
        );
        model = model.filter((at) => at > one.now);
        t.is(queue.size, model.length);
        t.is(queue.next, model[0]);
      }
    }),
  );
});
