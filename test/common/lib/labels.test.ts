import test from 'ava';
import fc from 'fast-check';
import {
  matchesFields,
  matchesSelector,
  parseFieldSelector,
  parseLabelSelector,
} from '../../../src/common/lib/labels.ts';

const labels = { app: 'web', tier: 'front', 'example.com/zone': 'a', empty: '' };
const selections: readonly (readonly [string, boolean])[] = [
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app = db', false],
  ['app!=db', true],
  ['missing!=x', true],
  ['app!=web', false],
  ['app in (web, db)', true],
  ['app in (db)', false],
  ['app notin (db)', true],
  ['missing notin (db)', true],
  ['tier', true],
  ['!tier', false],
  ['!missing', true],
  ['empty=', true],
  ['example.com/zone=a,app in (web,db),!missing', true],
  ['app=web,tier=back', false],
  ['toString', false],
];
for (const [text, expected] of selections) {
  test(`the selector ${JSON.stringify(text)} ${expected ? 'takes' : 'leaves'} the labels`, (t) => {
    const parsed = parseLabelSelector(text);
    t.true(parsed.ok);
    if (parsed.ok) t.is(matchesSelector(parsed.selector, labels), expected);
  });
}

for (const text of ['a b', 'app in web', 'app in (a', '=x', 'a=b=c', 'a,,b', '!', 'a=(b)', 'app > 3']) {
  test(`${JSON.stringify(text)} is refused with what is accepted`, (t) => {
    const parsed = parseLabelSelector(text);
    t.false(parsed.ok);
    if (!parsed.ok) t.regex(parsed.message, /unable to parse requirement .*accepted are key=value/);
  });
}

test('a set of labels is selected by its own text', (t) => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.dictionary(word, word, { minKeys: 1, maxKeys: 5 }), (own) => {
        const parsed = parseLabelSelector(
          Object.entries(own)
            .map(([key, value]) => `${key}=${value}`)
            .join(','),
        );
        return parsed.ok && matchesSelector(parsed.selector, own) && !matchesSelector(parsed.selector, {});
      }),
    ),
  );
});

test('In and NotIn, Exists and DoesNotExist are opposites', (t) => {
  const word = fc.constantFrom('a', 'b', 'c');
  t.notThrows(() =>
    fc.assert(
      fc.property(word, fc.array(word), fc.dictionary(word, word), (key, values, own) => {
        const meets = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist') =>
          matchesSelector({ matchExpressions: [{ key, operator, values }] }, own);
        return meets('In') !== meets('NotIn') && meets('Exists') !== meets('DoesNotExist');
      }),
    ),
  );
});

test('field selectors look at any path, and an absent field is the empty text', (t) => {
  const pod = { metadata: { name: 'a' }, spec: { nodeName: 'pi-1' }, status: { count: 3 } };
  const takes = (text: string) => {
    const parsed = parseFieldSelector(text);
    return parsed.ok && matchesFields(parsed.selector, pod);
  };
  t.true(takes('metadata.name=a,spec.nodeName==pi-1'));
  t.true(takes('status.phase!=Running,status.count=3'));
  t.true(takes('status.reason='));
  t.false(takes('spec.nodeName=pi-2'));
  t.false(takes('constructor.name=Object'));
  t.deepEqual(parseFieldSelector('a>b'), {
    ok: false,
    message: 'invalid field selector "a>b": accepted are path=value and path!=value',
  });
});
