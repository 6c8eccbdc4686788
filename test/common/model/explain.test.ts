import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import type { z } from 'zod';
import { referenceFiles } from '../../../scripts/reference-pages.ts';
import { contentOf, explain } from '../../../src/common/model/explain.ts';
import { allKinds } from '../../../src/common/model/kinds.ts';
import { fieldOf, shapeOf, titleOf } from '../../../src/common/model/schema-shape.ts';
import { unsupportedFields } from '../../../src/common/model/unsupported.ts';

test('explain tells type, default, choices and fields', (t) => {
  const explained = explain('deploy.spec.template.spec.containers');
  t.true(explained.ok);
  if (!explained.ok) return;
  const { path, type, kind, apiVersion, required, fields, unsupported } = explained.explanation;
  t.deepEqual(
    [path, type, kind, apiVersion, required],
    ['deployment.spec.template.spec.containers', '[]Container', 'Deployment', 'apps/v1', true],
  );
  t.deepEqual(fields.find((field) => field.name === 'imagePullPolicy')?.choices, ['Always', 'IfNotPresent', 'Never']);
  t.deepEqual(fields.find((field) => field.name === 'resources')?.default, {});
  t.true(unsupported.includes('volumeDevices'));
});

test('explain refuses an unknown path with the nearest one', (t) => {
  t.deepEqual(explain('pod.spec.contaners'), {
    ok: false,
    message: 'field "pod.spec.contaners" does not exist; did you mean "containers"?',
  });
  t.deepEqual(explain('pod.spec.containers.volumeDevices'), {
    ok: false,
    message: 'field "pod.spec.containers.volumeDevices" is not supported by this version of Bramble',
  });
  t.deepEqual(explain('pod.metadata.name.x'), { ok: false, message: 'field "pod.metadata.name" has no fields' });
  t.deepEqual(explain('pdo'), { ok: false, message: 'no resource type "pdo"; did you mean "pod"?' });
});

/** Visits every object type once. */
function eachType(visit: (title: string, shape: Readonly<Record<string, z.core.$ZodType>>) => void): void {
  const seen = new Set<string>();
  const walk = (schema: z.core.$ZodType): void => {
    const content = contentOf(schema);
    const shape = shapeOf(content);
    if (!shape || seen.has(titleOf(content))) return;
    seen.add(titleOf(content));
    visit(titleOf(content), shape);
    for (const field of Object.values(shape)) walk(field);
  };
  for (const kind of allKinds) walk(kind.schema);
}

test('every type has a name, and every field a description', (t) => {
  eachType((title, shape) => {
    t.not(title, '');
    for (const [name, field] of Object.entries(shape)) t.not(fieldOf(field).description, '', `${title}.${name}`);
  });
});

test('no field is both supported and listed as unsupported', (t) => {
  eachType((title, shape) => {
    for (const name of unsupportedFields(title)) t.false(Object.hasOwn(shape, name), `${title}.${name}`);
  });
});

test('the committed reference is what the schemas say (else run scripts/reference.ts)', async (t) => {
  const folder = new URL('../../../docs/reference/', import.meta.url);
  const files = referenceFiles();
  for (const [path, content] of files) t.is(await readFile(new URL(path, folder), 'utf8'), content, path);
  const kept = (await readdir(folder, { recursive: true })).filter((path) => path.includes('.'));
  t.deepEqual(kept.sort(), [...files.keys()].sort());
});
