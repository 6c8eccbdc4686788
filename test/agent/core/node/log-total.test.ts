import test from 'ava';
import fc from 'fast-check';
import { partsOverTotal } from '../../../../src/agent/core/node/log-total.ts';

const file = (name: string, size: number) => ({ name, size });

test('the oldest part of the largest goes first, until all is within the bound', (t) => {
  const folders = [
    { dir: 'a', files: [file('0.log', 10), file('0.log.1.gz', 30), file('0.log.2.gz', 30), file('1.log.1', 50)] },
    { dir: 'b', files: [file('3.log', 10), file('3.log.1.gz', 50), file('3.log.2', 10)] },
  ];
  const of = (bytes: number) => partsOverTotal(folders, bytes).map(({ dir, name }) => `${dir}/${name}`);
  t.deepEqual(of(190), []);
  t.deepEqual(of(189), ['a/0.log.1.gz']);
  t.deepEqual(of(130), ['a/0.log.1.gz', 'a/0.log.2.gz']);
  t.deepEqual(of(0), ['a/0.log.1.gz', 'a/0.log.2.gz', 'b/3.log.1.gz'], 'what is being written stays');
});

test('no log that is written goes, and none more than the bound asks for', (t) => {
  const name = fc.constantFrom('0.log', '1.log', '1.log.1', '1.log.1.gz', '1.log.2', '0.log.3.gz', '1.log.aside', 'x');
  const files = fc.uniqueArray(fc.record({ name, size: fc.nat({ max: 100 }) }), { selector: (one) => one.name });
  fc.assert(
    fc.property(fc.array(files, { maxLength: 4 }), fc.nat({ max: 800 }), (all, bound) => {
      const folders = all.map((content, index) => ({ dir: String(index), files: content }));
      const going = partsOverTotal(folders, bound);
      for (const gone of going) t.regex(gone.name, /^\d+\.log\.\d+(\.gz)?$/);
      const sizeOf = (one: { dir: string; name: string }) =>
        folders[Number(one.dir)]?.files.find((found) => found.name === one.name)?.size ?? 0;
      const total = all.flat().reduce((sum, { size }) => sum + size, 0);
      const freedBeforeLast = going.slice(0, -1).reduce((sum, one) => sum + sizeOf(one), 0);
      if (going.length > 0) t.true(total - freedBeforeLast > bound);
    }),
  );
});
