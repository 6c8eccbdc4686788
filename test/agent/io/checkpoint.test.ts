import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { createCheckpoint } from '../../../src/agent/io/checkpoint.ts';

const entry = (key: string, value: number) => ({
  key,
  digest: `digest-${value}`,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key, namespace: 'default' }, data: { value } },
});

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-checkpoint-'));
  return work(dir).finally(() => rm(dir, { recursive: true, force: true }));
}

async function loaded(dir: string): Promise<Record<string, unknown>> {
  const { objects, lost } = await createCheckpoint(dir).load();
  const values = [...objects].map(([key, { object }]) => [key, (object.data as { value: number }).value]);
  return { ...Object.fromEntries(values), ...(lost.length === 0 ? {} : { lost }) };
}

test('nothing was kept yet: an empty set and nothing lost', async (t) => {
  await inFolder(async (dir) => t.deepEqual(await loaded(join(dir, 'none')), {}));
});

test('what was applied is loaded, what was removed is not', async (t) => {
  await inFolder(async (dir) => {
    const checkpoint = createCheckpoint(dir);
    await checkpoint.apply([entry('a', 1), entry('b', 2)], []);
    await checkpoint.apply([entry('a', 3)], ['b']);
    t.deepEqual(await loaded(dir), { a: 3 });
    t.is((await readdir(join(dir, 'objects'))).length, 1);
  });
});

test('what is there already is not written again', async (t) => {
  await inFolder(async (dir) => {
    const checkpoint = createCheckpoint(dir);
    await checkpoint.apply([entry('a', 1), entry('b', 2)], []);
    const before = await stat(join(dir, 'index.json'), { bigint: true });
    await checkpoint.apply([entry('a', 1)], ['nobody']);
    const after = await stat(join(dir, 'index.json'), { bigint: true });
    t.is(after.mtimeNs, before.mtimeNs);
    t.is(after.ino, before.ino);
  });
});

test('a damaged object is named and the others are loaded; the next apply heals it', async (t) => {
  await inFolder(async (dir) => {
    await createCheckpoint(dir).apply([entry('a', 1), entry('b', 2)], []);
    for (const name of await readdir(join(dir, 'objects'))) {
      const path = join(dir, 'objects', name);
      if ((await readFile(path, 'utf8')).includes('"name":"b"')) await writeFile(path, '{"half');
    }
    t.deepEqual(await loaded(dir), { a: 1, lost: ['b'] });
    await createCheckpoint(dir).apply([entry('b', 2)], []);
    t.deepEqual(await loaded(dir), { a: 1, b: 2 });
  });
});

test('a damaged index is named, stops nothing, and the next apply starts anew', async (t) => {
  await inFolder(async (dir) => {
    await createCheckpoint(dir).apply([entry('a', 1)], []);
    await truncate(join(dir, 'index.json'), 20);
    t.deepEqual(await loaded(dir), { lost: ['index.json'] });
    await createCheckpoint(dir).apply([entry('c', 3)], []);
    t.deepEqual(await loaded(dir), { c: 3 });
  });
});

test('a power cut at any point of an apply leaves the old set or the new one', async (t) => {
  const sets = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat({ max: 5 }), { noNullPrototype: true });
  const cut = fc.record({
    swapped: fc.boolean(),
    written: fc.array(fc.nat({ max: 400 }), { minLength: 4, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(sets, sets, cut, async (before, after, { swapped, written }) => {
      fc.pre(Object.keys({ ...before, ...after }).length > 0); // nothing is written of nothing: there is no cut
      await inFolder(async (dir) => {
        const [old, fresh] = [join(dir, 'old'), join(dir, 'new')];
        await apply(old, before, {});
        await cp(old, fresh, { recursive: true });
        await apply(fresh, after, before);
        // The folder as it is found after the cut: old files not yet removed; new ones as far as they were written.
        await cp(join(fresh, 'objects'), join(old, 'objects'), { recursive: true });
        if (swapped) {
          await cp(join(fresh, 'index.json'), join(old, 'index.json'));
        } else {
          await cp(join(fresh, 'index.json'), join(old, 'index.json.new'));
          await truncate(join(old, 'index.json.new'), written[0]);
          for (const [index, length] of written.entries()) {
            await writeFile(join(old, 'objects', `${String(index).repeat(64)}.new`), 'x'.repeat(length));
          }
        }
        t.deepEqual(await loaded(old), swapped ? after : before);
        // And life goes on from there.
        await createCheckpoint(old).apply([entry('z', 9)], []);
        t.deepEqual(await loaded(old), { ...(swapped ? after : before), z: 9 });
      });
    }),
    { numRuns: 40 },
  );
});

async function apply(dir: string, values: Record<string, number>, before: Record<string, number>): Promise<void> {
  const removed = Object.keys(before).filter((key) => !(key in values));
  await createCheckpoint(dir).apply(
    Object.entries(values).map(([key, value]) => entry(key, value)),
    removed,
  );
}
