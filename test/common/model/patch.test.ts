import test from 'ava';
import fc from 'fast-check';
import { jsonMerge, strategicMerge } from '../../../src/common/model/patch.ts';
import { threeWayMerge } from '../../../src/common/model/three-way-merge.ts';

// The examples of RFC 7386, appendix A.
const rfc: readonly (readonly [unknown, unknown, unknown])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];
for (const [target, patch, expected] of rfc) {
  test(`RFC 7386: ${JSON.stringify(target)} with ${JSON.stringify(patch)}`, (t) => {
    t.deepEqual(jsonMerge(target, patch), expected);
  });
}

test('a patch named __proto__ is only a field', (t) => {
  const merged = jsonMerge({}, JSON.parse('{"__proto__": {"polluted": true}}'));
  t.true(Object.hasOwn(merged as object, '__proto__'));
  t.is(({} as { polluted?: unknown }).polluted, undefined);
});

const live = {
  finalizers: ['a'],
  containers: [
    { name: 'web', image: 'web:1', ports: [{ containerPort: 53, protocol: 'UDP' }], env: [{ name: 'A', value: '1' }] },
    { name: 'side', image: 'side:1' },
  ],
  command: ['x', 'y'],
};

test('lists with a key are merged by it, others are replaced', (t) => {
  const merged = strategicMerge(live, {
    containers: [{ name: 'web', image: 'web:2', ports: [{ containerPort: 53 }], env: [{ name: 'A', value: '2' }] }],
    command: ['z'],
    finalizers: ['b', 'a'],
  });
  t.deepEqual(merged, {
    finalizers: ['a', 'b'],
    containers: [
      {
        name: 'web',
        image: 'web:2',
        ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }],
        env: [{ name: 'A', value: '2' }],
      },
      { name: 'side', image: 'side:1' },
    ],
    command: ['z'],
  });
});

test('directives delete, replace, keep and order', (t) => {
  const deleted = strategicMerge(live, { containers: [{ $patch: 'delete', name: 'web' }] });
  t.deepEqual(deleted['containers'], [{ name: 'side', image: 'side:1' }]);
  const replaced = strategicMerge(live, { containers: [{ $patch: 'replace' }, { name: 'new' }] });
  t.deepEqual(replaced['containers'], [{ name: 'new' }]);
  t.deepEqual(strategicMerge(live, { $patch: 'replace', a: 1 }), { a: 1 });
  t.deepEqual(strategicMerge({ a: 1, b: 2 }, { $retainKeys: ['a'], a: 3 }), { a: 3 });
  t.deepEqual(strategicMerge(live, { '$deleteFromPrimitiveList/finalizers': ['a'] })['finalizers'], []);
  const ordered = strategicMerge(
    { env: [{ name: 'a' }, { name: 'other' }, { name: 'b' }] },
    { '$setElementOrder/env': [{ name: 'b' }, { name: 'a' }] },
  );
  t.deepEqual(ordered, { env: [{ name: 'b' }, { name: 'a' }, { name: 'other' }] });
});

test('apply changes what is wanted, removes what was wanted, and keeps what others set', (t) => {
  const last = {
    replicas: 1,
    labels: { a: '1', b: '2' },
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '1' },
    ],
  };
  const stored = {
    ...last,
    replicas: 5,
    labels: { ...last.labels, c: '3' },
    env: [...last.env, { name: 'C' }],
    uid: 'u',
  };
  const desired = { labels: { a: '9' }, env: [{ name: 'B', value: '2' }] };
  const patch = threeWayMerge({ labels: last.labels, env: last.env }, desired, stored);
  t.deepEqual(patch, {
    labels: { a: '9', b: null },
    env: [
      { name: 'B', value: '2' },
      { $patch: 'delete', name: 'A' },
    ],
  });
  t.deepEqual(strategicMerge(stored, patch), {
    replicas: 5,
    labels: { a: '9', c: '3' },
    env: [{ name: 'B', value: '2' }, { name: 'C' }],
    uid: 'u',
  });
});

test('a volume that becomes another kind and a strategy that becomes Recreate lose their old settings', (t) => {
  const stored = {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
    volumes: [{ name: 'v', hostPath: { path: '/a', type: '' } }],
  };
  const desired = { strategy: { type: 'Recreate' }, volumes: [{ name: 'v', emptyDir: {} }] };
  t.deepEqual(strategicMerge(stored, threeWayMerge(undefined, desired, stored)), desired);
  t.deepEqual(threeWayMerge(undefined, { strategy: { type: 'RollingUpdate' } }, stored), {});
});

const name = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('1', '2');
const env = fc.uniqueArray(fc.record({ name, value }), { selector: (item) => item.name });
const partial = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const object = fc
  .record({
    size: partial(fc.nat(3)),
    labels: partial(fc.dictionary(name, value)),
    env: partial(env),
    args: partial(fc.array(value, { maxLength: 3 })),
    finalizers: partial(fc.uniqueArray(name)),
    strategy: partial(fc.record({ type: value })),
  })
  .map((given) => JSON.parse(JSON.stringify(given)) as Record<string, unknown>);

function holds(result: unknown, desired: unknown, field = ''): boolean {
  if (Array.isArray(desired)) {
    if (!Array.isArray(result)) return false;
    if (field === 'args') return JSON.stringify(result) === JSON.stringify(desired);
    if (field === 'finalizers') return desired.every((item) => result.includes(item));
    const places = desired.map((item) => result.findIndex((found) => holds(found, item)));
    return places.every((place, i) => place >= 0 && place >= (places[i - 1] ?? 0));
  }
  if (typeof desired !== 'object' || desired === null) return result === desired;
  if (typeof result !== 'object' || result === null) return false;
  return Object.entries(desired).every(([key, inner]) => holds((result as Record<string, unknown>)[key], inner, key));
}

test('after apply every wanted field is there, list items in the wanted order', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.option(object, { nil: undefined }), object, object, (last, desired, stored) =>
        holds(strategicMerge(stored, threeWayMerge(last, desired, stored)), desired),
      ),
    ),
  );
});

test('applying twice changes nothing the second time', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(object, object, object, (last, desired, stored) => {
        const once = strategicMerge(stored, threeWayMerge(last, desired, stored));
        return Object.keys(threeWayMerge(desired, desired, once)).length === 0;
      }),
    ),
  );
});

test('what was applied and is no longer wanted goes; what others set stays', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(object, object, object, (last, desired, stored) => {
        const result = strategicMerge(stored, threeWayMerge(last, desired, stored));
        return Object.keys({ ...last, ...stored }).every((key) => {
          if (key in desired) return true;
          return key in last ? !(key in result) : JSON.stringify(result[key]) === JSON.stringify(stored[key]);
        });
      }),
    ),
  );
});
