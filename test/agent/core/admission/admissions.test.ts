import test from 'ava';
import fc from 'fast-check';
import { createAdmissions } from '../../../../src/agent/core/admission/admissions.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const asking = (name: string, cpu: string, metadata = {}) =>
  aPod(name, { metadata, spec: { containers: [aContainer('app', { resources: { requests: { cpu } } })] } });
const never = () => false;

test('a pod without room waits, and is rejected when nothing has become free', (t) => {
  const admissions = createAdmissions({ cpu: '1' });
  const pods = [asking('a', '1'), asking('b', '1')];
  admissions.review(pods, never, 0);
  t.false(admissions.isOpen('uid-a'));
  t.true(admissions.isOpen('uid-b'));
  t.is(admissions.wakeAt, 10_000);
  admissions.review(pods, never, 9_999);
  t.true(admissions.isOpen('uid-b'));
  admissions.review(pods, never, 10_000);
  t.is(admissions.rejection('uid-b')?.reason, 'OutOfcpu');
  t.is(admissions.wakeAt, undefined);
  admissions.end('uid-b');
  t.is(admissions.rejection('uid-b')?.reason, 'OutOfcpu', 'it is rejected for good');
});

test('a pod that ends while another waits makes room for it', (t) => {
  const admissions = createAdmissions({ cpu: '1' });
  const pods = [asking('a', '1'), asking('b', '1')];
  admissions.review(pods, never, 0);
  t.true(admissions.end('uid-a'));
  admissions.review(pods, never, 5_000);
  t.false(admissions.isOpen('uid-b'));
  t.is(admissions.rejection('uid-b'), undefined);
});

test('what has begun is taken on whatever it asks for, and counts before the others', (t) => {
  const admissions = createAdmissions({ cpu: '1' });
  const pods = [asking('new', '1', { creationTimestamp: '2026-01-01T00:00:00Z' }), asking('old', '2')];
  admissions.review(pods, (uid) => uid === 'uid-old', 0);
  t.false(admissions.isOpen('uid-old'));
  t.true(admissions.isOpen('uid-new'));
});

test('the oldest goes first', (t) => {
  const admissions = createAdmissions({ cpu: '1' });
  const pods = [
    asking('b', '1', { creationTimestamp: '2026-01-02T00:00:00Z' }),
    asking('a', '1', { creationTimestamp: '2026-01-01T00:00:00Z' }),
  ];
  admissions.review(pods, never, 0);
  t.deepEqual([admissions.isOpen('uid-a'), admissions.isOpen('uid-b')], [false, true]);
});

test('one that is deleted while it waits is let go', (t) => {
  const admissions = createAdmissions({ cpu: '1' });
  admissions.review([asking('a', '2')], never, 0);
  admissions.review([asking('a', '2', { deletionTimestamp: '2026-01-02T00:00:00Z' })], never, 1);
  t.false(admissions.isOpen('uid-a'));
  t.is(admissions.wakeAt, undefined);
});

test('pods that were let in never ask for more than there is, in whatever order they come and end', (t) => {
  const step = fc.record({ pod: fc.nat(7), end: fc.boolean(), wait: fc.nat(12_000) });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 8, maxLength: 8 }),
      fc.array(step),
      (sizes, steps) => {
        const admissions = createAdmissions({ cpu: '7' });
        const there = new Set<number>();
        const gone = new Set<number>();
        let now = 0;
        for (const { pod, end, wait } of steps) {
          now += wait;
          if (end && there.has(pod)) {
            admissions.forget(`uid-${pod}`);
            there.delete(pod);
            gone.add(pod);
          } else if (!gone.has(pod)) there.add(pod);
          admissions.review(
            [...there].map((i) => asking(String(i), String(sizes[i]))),
            never,
            now,
          );
          const isIn = (i: number) => !admissions.isOpen(`uid-${i}`) && admissions.rejection(`uid-${i}`) === undefined;
          const sum = [...there].filter(isIn).reduce((total, i) => total + (sizes[i] ?? 0), 0);
          if (sum > 7) return false;
        }
        return true;
      },
    ),
  );
  t.pass();
});
