import test from 'ava';
import fc from 'fast-check';
import { fullImageName, parseImageReference } from '../../../src/common/lib/image-reference.ts';

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const host = fc
  .tuple(fc.array(word, { minLength: 2, maxLength: 4 }), fc.option(fc.integer({ min: 1, max: 65535 })))
  .map(([parts, port]) => `${parts.join('.')}${port === null ? '' : `:${port}`}`);
const path = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

test('a reference is read as it was written, and its full name means the same image', (t) => {
  fc.assert(
    fc.property(host, path, optional(tag), optional(digest), (at, name, withTag, withDigest) => {
      const text = `${at}/${name}${withTag === undefined ? '' : `:${withTag}`}${withDigest === undefined ? '' : `@${withDigest}`}`;
      const parsed = parseImageReference(text);
      if (!parsed.ok) return t.fail(`${text}: ${parsed.problem}`);
      const { reference } = parsed;
      t.deepEqual([reference.host, reference.path, reference.tag, reference.digest], [at, name, withTag, withDigest]);
      const full = fullImageName(reference);
      const again = parseImageReference(full);
      t.true(again.ok && fullImageName(again.reference) === full);
    }),
  );
});

test('no text throws, and what is refused is refused with a reason', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const parsed = parseImageReference(text);
      t.true(parsed.ok ? parsed.reference.path.length <= 255 : parsed.problem.length > 0);
    }),
  );
});

for (const [short, full] of [
  ['busybox', 'docker.io/library/busybox:latest'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36'],
  ['shop/till', 'docker.io/shop/till:latest'],
  ['index.docker.io/busybox', 'docker.io/library/busybox:latest'],
  ['localhost/a', 'localhost/a:latest'],
  ['localhost:5000/a:b', 'localhost:5000/a:b'],
  ['10.0.0.5:5000/a/b', '10.0.0.5:5000/a/b:latest'],
  ['[::1]:5000/a', '[::1]:5000/a:latest'],
  [`a:1@sha256:${'0'.repeat(64)}`, `docker.io/library/a@sha256:${'0'.repeat(64)}`],
] as const) {
  test(`the image "${short}" is ${full}`, (t) => {
    const parsed = parseImageReference(short);
    t.is(parsed.ok ? fullImageName(parsed.reference) : parsed.problem, full);
  });
}

for (const [text, problem] of [
  ['', /no name/],
  ['Busybox', /must be lowercase/],
  ['a b', /no repository name/],
  [' busybox', /no repository name/],
  ['busybox:', /no tag/],
  ['busybox:-x', /no tag/],
  ['busybox@sha256:12', /no digest/],
  ['a//b', /no repository name/],
  ['reg_istry.example:5000/a', /no registry host/],
  ['http://registry/a', /no registry host/],
  ['0'.repeat(64), /hexadecimal/],
  [`a/${'b'.repeat(256)}`, /255/],
] as const) {
  test(`${JSON.stringify(text.slice(0, 30))} is no image`, (t) => {
    const parsed = parseImageReference(text);
    t.regex(parsed.ok ? 'accepted' : parsed.problem, problem);
  });
}
