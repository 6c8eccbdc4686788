import test from 'ava';
import { readDocuments } from '../../../src/common/manifest/documents.ts';

const read = (text: string) => readDocuments(Buffer.from(text), 'a.yaml');

test('what only looks like a number is text, as Kubernetes reads it; numbers are numbers', (t) => {
  const text = ['.', 'e1', 'E12', '-.', '._', 'e-3', '0_'];
  const numbers = ['.5', '1.', '-0.5', '1e3', '1.5e-3', '0644', '0x1f', '1_000'];
  const { objects, problems } = read(`kind: A\ntext: [${text.join(', ')}]\nnumbers: [${numbers.join(', ')}]\n`);
  t.deepEqual(problems, []);
  t.deepEqual(objects[0]?.value, { kind: 'A', text, numbers: [0.5, 1, -0.5, 1000, 0.0015, 0o644, 31, 1000] });
});
