import test from 'ava';
import fc from 'fast-check';
import { type LogFile, type RotationStep, rotationSteps } from '../../../../src/agent/core/node/log-rotation.ts';

const limits = { maxBytes: 100, maxFiles: 5 };
const files = (...names: readonly string[]): LogFile[] => names.map((name) => ({ name, size: 10 }));

test('a log that is small enough is left alone', (t) => {
  t.deepEqual(rotationSteps([], limits), []);
  t.deepEqual(rotationSteps([{ name: '0.log', size: 100 }], limits), []);
  t.deepEqual(rotationSteps(files('0.log', '0.log.1.gz', '0.log.2'), limits), []);
});

test('a log that is too large is renamed and opened anew, and the part before it is compressed', (t) => {
  t.deepEqual(rotationSteps([{ name: '0.log', size: 101 }, ...files('0.log.9.gz', '0.log.10')], limits), [
    { do: 'compress', name: '0.log.10', to: '0.log.10.gz' },
    { do: 'rotate', attempt: 0, name: '0.log', to: '0.log.11' },
  ]);
});

test('the oldest parts go, so that there are never more files than the limit', (t) => {
  const many = files('0.log.1.gz', '0.log.2.gz', '0.log.3.gz', '0.log.4');
  t.deepEqual(rotationSteps([{ name: '0.log', size: 101 }, ...many], limits)[0], { do: 'remove', name: '0.log.1.gz' });
  t.deepEqual(rotationSteps([...files('0.log'), ...many], limits), []);
});

test('what a crash has left is mended: half a gzip, a part that is there twice, a log that was not opened anew', (t) => {
  t.deepEqual(rotationSteps(files('0.log', '0.log.1.gz.tmp', '0.log.1', '0.log.2'), limits), [
    { do: 'remove', name: '0.log.1.gz.tmp' },
    { do: 'compress', name: '0.log.1', to: '0.log.1.gz' },
  ]);
  t.deepEqual(rotationSteps(files('0.log', '0.log.1.gz', '0.log.1', '0.log.2'), limits), [
    { do: 'remove', name: '0.log.1' },
  ]);
  t.deepEqual(rotationSteps(files('3.log.1.gz', '3.log.2'), limits), [{ do: 'reopen', attempt: 3 }]);
});

test('logs of the newest attempt and the one before it stay, those of older ones go', (t) => {
  const steps = rotationSteps(files('8.log', '9.log', '9.log.1', '10.log', '11.log', 'notes.txt'), limits);
  t.deepEqual(
    steps.map((step) => step.do === 'remove' && step.name),
    ['8.log', '9.log', '9.log.1'],
  );
});

test('however often it is full, a log keeps to its limit of files and loses only its oldest parts', (t) => {
  const sizes = fc.array(fc.boolean(), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 2, max: 7 }), (fills, maxFiles) => {
      let there = new Map<string, number>([['0.log', 0]]);
      let newest = 0;
      return fills.every((full) => {
        there.set('0.log', full ? 101 : 50);
        const found = [...there].map(([name, size]) => ({ name, size }));
        there = rotationSteps(found, { maxBytes: 100, maxFiles }).reduce(perform, there);
        newest += full ? 1 : 0;
        const numbers = [...there.keys()].flatMap((name) => /^0\.log\.(\d+)/.exec(name)?.[1] ?? []).map(Number);
        const expected = Array.from({ length: Math.min(newest, maxFiles - 1) }, (_, index) => newest - index);
        return numbers.sort((a, b) => b - a).join() === expected.join();
      });
    }),
  );
  t.pass();
});

function perform(there: Map<string, number>, step: RotationStep): Map<string, number> {
  const next = new Map(there);
  if (step.do === 'reopen') next.set(`${step.attempt}.log`, 0);
  else next.delete(step.name);
  if (step.do === 'compress') next.set(step.to, 5);
  if (step.do === 'rotate') next.set(step.to, 101).set(step.name, 0);
  return next;
}
