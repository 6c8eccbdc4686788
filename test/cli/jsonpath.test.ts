import test from 'ava';
import { renderTemplate } from '../../src/cli/jsonpath/evaluate.ts';
import { parseTemplate } from '../../src/cli/jsonpath/parse.ts';
import { JsonPathError } from '../../src/cli/jsonpath/scan.ts';

const data = {
  kind: 'List',
  items: [
    {
      metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'x' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }], n: 3 },
    },
    { metadata: { name: 'b' }, status: { conditions: [{ type: 'Ready', status: 'False' }], n: 10 } },
  ],
};

// The syntax that https://kubernetes.io/docs/reference/kubectl/jsonpath/ describes.
const cases: readonly (readonly [template: string, text: string])[] = [
  ['{.items[*].metadata.name}', 'a b'],
  ['{.items[0].metadata.name}', 'a'],
  ['{.items[-1:].metadata.name}', 'b'],
  ["{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", 'x'],
  ['{.items[0].metadata.labels.app\\.kubernetes\\.io/name}', 'x'],
  ['{range .items[*]}{.metadata.name}{"\\t"}{.status.n}{"\\n"}{end}', 'a\t3\nb\t10\n'],
  ['{.items[?(@.status.n>5)].metadata.name}', 'b'],
  ['{.items[0].status.conditions[?(@.type=="Ready")].status}', 'True'],
  ['{.items[?(@.metadata.labels)].metadata.name}', 'a'],
  ['{..name}', 'a b'],
  ["{.items[*]['metadata.name', 'kind']}", ''],
  ['{.items[0].status.conditions}', '[{"type":"Ready","status":"True"}]'],
  ['{.nothing.here}', ''],
  ['kind is {.kind}!', 'kind is List!'],
  ['{$.kind}', 'List'],
];
for (const [template, text] of cases)
  test(`the template ${template} gives ${JSON.stringify(text)}`, (t) =>
    t.is(renderTemplate(parseTemplate(template), data), text));

test('what cannot be read is refused, and an index outside its list too', (t) => {
  for (const template of [
    '{.a',
    '{range .a}',
    '{end}',
    '{.items[x]}',
    '{.a b}',
    '{"x}',
    '{.items[?(@.a==b)]}',
    '{.constructor(1)}',
  ])
    t.throws(() => parseTemplate(template), { instanceOf: JsonPathError }, template);
  t.throws(() => renderTemplate(parseTemplate('{.items[5].a}'), data), {
    message: 'array index out of bounds: index 5, length 2',
  });
});

test('no template reaches what every object inherits', (t) => {
  t.is(renderTemplate(parseTemplate('{.constructor}{.items.length}{.__proto__}'), data), '');
});
