import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { readTar, TarError } from '../../../src/common/lib/tar-read.ts';
import { type TarHeader, tarEnd, tarHeader, tarPadding } from '../../../src/common/lib/tar-write.ts';

type Member = Omit<TarHeader, 'size'> & { readonly content: string };
type Found = { path: string; kind: string; mode: number; target: string; content: string };

function archive(members: readonly Member[]): Uint8Array {
  const parts = members.flatMap(({ content, ...member }) => {
    const bytes = Buffer.from(member.kind === 'file' ? content : '');
    return [tarHeader({ ...member, size: bytes.length }), bytes, tarPadding(bytes.length)];
  });
  return Buffer.concat([...parts, tarEnd()]);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<readonly Found[]> {
  const found: Found[] = [];
  for await (const { path, kind, mode, target, content } of readTar(chunks)) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    found.push({ path, kind, mode, target, content: Buffer.concat(parts).toString() });
  }
  return found;
}

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 150 })
  .filter((text) => !/[\0/]/.test(text) && Buffer.from(text).toString() === text && text.trim() !== '');
const member = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
  kind: fc.constantFrom('file' as const, 'symlink' as const),
  mode: fc.nat({ max: 0o7777 }),
  uid: fc.nat({ max: 5_000_000 }),
  gid: fc.nat({ max: 5_000_000 }),
  mtime: fc.nat(),
  target: name,
  content: fc.string({ maxLength: 2_000 }),
});

test('what is written is read again, in whatever pieces it comes', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 6 }), fc.integer({ min: 1, max: 3_000 }), async (members, size) => {
      const written = members.map(({ target, ...one }) => (one.kind === 'symlink' ? { ...one, target } : one));
      const found = await read(pieces(archive(written), size));
      t.deepEqual(
        found,
        members.map(({ path, kind, mode, target, content }) => ({
          ...{ path, kind, mode },
          target: kind === 'symlink' ? target : '',
          content: kind === 'file' ? content : '',
        })),
      );
    }),
    { numRuns: 60 },
  );
});

test('the system and busybox read what is written, and what they write is read', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-tar-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const long = `${'d'.repeat(120)}/${'f'.repeat(130)}`;
  const fixed = { mode: 0o644, uid: 0, gid: 0, mtime: 1, kind: 'file' as const };
  const bytes = archive([
    { ...fixed, kind: 'directory', mode: 0o755, path: 'd'.repeat(120), content: '' },
    { ...fixed, path: long, content: 'long' },
    { ...fixed, path: 'ü "x"', content: 'odd' },
  ]);
  for (const [program, ...first] of [['tar'], ['busybox', 'tar']] as const) {
    const out = join(dir, program);
    execFileSync('mkdir', ['-p', out]);
    execFileSync(program, [...first, '-xf', '-', '-C', out], { input: bytes });
    t.is(readFileSync(join(out, long), 'utf8'), 'long');
    t.is(readFileSync(join(out, 'ü "x"'), 'utf8'), 'odd');
    writeFileSync(join(out, 'plain'), 'plain');
    const back = execFileSync(program, [...first, '-cf', '-', '-C', out, '.']);
    const found = new Map((await read(pieces(back, 777))).map((one) => [one.path.replace(/^\.\//, ''), one.content]));
    t.is(found.get(long), 'long');
    t.is(found.get('plain'), 'plain');
  }
  const pax = execFileSync('tar', ['--format=pax', '-cf', '-', '-C', join(dir, 'tar'), '.']);
  t.true((await read(pieces(pax, 1000))).some(({ path }) => path.endsWith('f'.repeat(130))));
});

test('a size beyond what octal holds is written and read', async (t) => {
  const size = 20 * 1024 ** 3;
  const head = tarHeader({ path: 'big', kind: 'file', mode: 0o600, uid: 0, gid: 0, mtime: 0, size });
  const members = readTar(pieces(head, 512));
  const first = await members.next();
  t.is(first.value?.size, size);
});

test('bytes that are no archive, or end in its middle, are refused', async (t) => {
  await t.throwsAsync(read(pieces(Buffer.alloc(2048, 'no tar'), 512)), { instanceOf: TarError, message: /no tar/ });
  await t.throwsAsync(read(pieces(new Uint8Array(), 1)), { instanceOf: TarError, message: /middle/ });
  const whole = archive([{ path: 'a', kind: 'file', mode: 0, uid: 0, gid: 0, mtime: 0, content: 'x'.repeat(1000) }]);
  await t.throwsAsync(read(pieces(whole.subarray(0, 900), 100)), { instanceOf: TarError, message: /middle/ });
});
