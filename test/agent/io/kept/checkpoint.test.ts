import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { createCheckpoint } from '../../../../src/agent/io/kept/checkpoint.ts';
import type { DurableFiles } from '../../../../src/agent/io/kept/durable-files.ts';
import { CheckpointError, type KeptObject } from '../../../../src/agent/ports/checkpoint.ts';
import { CrashingDisk, PowerCut } from '../../../support/crashing-disk.ts';

const kindOf = (key: string) => (key.startsWith('s') ? 'Secret' : 'ConfigMap');
const entry = (key: string, value: number): KeptObject => ({
  key,
  digest: `digest-${value}`,
  object: { apiVersion: 'v1', kind: kindOf(key), metadata: { name: key, namespace: 'default' }, data: { value } },
});
type Values = Readonly<Record<string, number>>;

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-checkpoint-'));
  return work(dir).finally(() => rm(dir, { recursive: true, force: true }));
}

const open = (dir: string, files?: DurableFiles) =>
  createCheckpoint(join(dir, 'checkpoint'), join(dir, 'device.key'), files);

async function loaded(dir: string, files?: DurableFiles) {
  const { objects, whole, damage } = await open(dir, files).load();
  const values = objects.map(({ key, object }) => [key, (object['data'] as { value: number }).value] as const);
  return { values: Object.fromEntries(values) as Values, whole, damage };
}

/** Makes these the wanted ones. */
async function want(dir: string, values: Values, before: Values, files?: DurableFiles): Promise<void> {
  const set = Object.entries(values).map(([key, value]) => entry(key, value));
  await open(dir, files).apply(
    set,
    Object.keys(before).filter((key) => !(key in values)),
  );
}

test('nothing was kept yet: an empty set that is not whole, and no damage', async (t) => {
  await inFolder(async (dir) => t.deepEqual(await loaded(dir), { values: {}, whole: false, damage: [] }));
});

test('what was applied is loaded, what was removed is not, also when it is the last', async (t) => {
  await inFolder(async (dir) => {
    const checkpoint = open(dir);
    await checkpoint.apply([entry('a', 1), entry('b', 2)], []);
    await checkpoint.apply([entry('a', 3)], ['b']);
    t.deepEqual(await loaded(dir), { values: { a: 3 }, whole: true, damage: [] });
    await checkpoint.apply([], ['a']);
    t.deepEqual(await loaded(dir), { values: {}, whole: true, damage: [] });
    await checkpoint.apply([entry('c', 1)], []);
    t.is((await readdir(join(dir, 'checkpoint', 'objects'))).length, 1, 'of generations before nothing is left');
  });
});

test('what is there already is not written again, sealed or not', async (t) => {
  const disk = new CrashingDisk();
  await open('/d', disk).apply([entry('a', 1), entry('s', 2)], []);
  const before = [...disk.names].map(([name, { content }]) => [name, content.toString('hex')]);
  const written: string[] = [];
  const write = disk.write;
  disk.write = async (path, content) => {
    written.push(path);
    await write(path, content);
  };
  await open('/d', disk).apply([entry('a', 1), entry('s', 2)], ['nobody']);
  t.deepEqual(written, []);
  t.deepEqual(
    [...disk.names].map(([name, { content }]) => [name, content.toString('hex')]),
    before,
  );
});

test('Secrets are sealed; files are for their owner only', async (t) => {
  await inFolder(async (dir) => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, data: { password: 'aHVudGVyMg==' } };
    await open(dir).apply([{ key: 'secrets/default/x', digest: '1', object: secret }, entry('a', 1)], []);
    const names = (await readdir(dir, { recursive: true })).filter((name) => /[0-9a-f]{64}$|json$|key$/.test(name));
    t.is(names.length, 4);
    for (const name of names) {
      t.is((await stat(join(dir, name))).mode & 0o777, 0o600, name);
      t.false((await readFile(join(dir, name))).includes('aHVudGVyMg=='), name);
    }
    for (const name of ['checkpoint', 'checkpoint/objects']) t.is((await stat(join(dir, name))).mode & 0o777, 0o700);
    t.deepEqual((await open(dir).load()).objects.find(({ key }) => key === 'secrets/default/x')?.object, secret);
  });
});

test('without its key, or with another one, a Secret is lost and said to be; the rest is there, and a new one is kept', async (t) => {
  for (const content of ['', 'x'.repeat(82)]) {
    const disk = new CrashingDisk();
    await open('/d', disk).apply([entry('a', 1), entry('s', 2)], []);
    if (content === '') disk.names.delete('/d/device.key');
    else disk.names.set('/d/device.key', { content: Buffer.from(content), whole: true });
    t.deepEqual(await loaded('/d', disk), { values: { a: 1 }, whole: false, damage: ['s is damaged: it is lost'] });
    await open('/d', disk).apply([entry('s', 3)], []);
    t.deepEqual(await loaded('/d', disk), { values: { a: 1, s: 3 }, whole: true, damage: [] });
  }
});

test('a sealed object does not open under the name of another', async (t) => {
  const disk = new CrashingDisk();
  await open('/d', disk).apply([entry('s1', 1)], []);
  const index = JSON.parse(disk.names.get('/d/checkpoint/index-1.json')?.content.toString() ?? '');
  const entries = { s2: index.entries.s1 };
  const checksum = createHash('sha256')
    .update(JSON.stringify([2, 1, entries]))
    .digest('hex');
  const content = Buffer.from(JSON.stringify({ ...index, checksum, entries }));
  disk.names.set('/d/checkpoint/index-1.json', { content, whole: true });
  t.deepEqual((await loaded('/d', disk)).damage, ['s2 is damaged: it is lost']);
});

test('what the version before has written is read, and written anew with its Secrets sealed', async (t) => {
  const disk = new CrashingDisk();
  const entries: Record<string, { digest: string; file: string }> = {};
  for (const { key, digest, object } of [entry('a', 1), entry('s', 2)]) {
    const content = Buffer.from(JSON.stringify(object));
    const file = createHash('sha256').update(content).digest('hex');
    disk.names.set(`/d/checkpoint/objects/${file}`, { content, whole: true });
    entries[key] = { digest, file };
  }
  const checksum = createHash('sha256').update(JSON.stringify(entries)).digest('hex');
  const content = Buffer.from(JSON.stringify({ checksum, entries }));
  disk.names.set('/d/checkpoint/index.json', { content, whole: true });
  t.deepEqual(await loaded('/d', disk), { values: { a: 1, s: 2 }, whole: true, damage: [] });
  await open('/d', disk).apply([entry('b', 3)], []);
  t.deepEqual(await loaded('/d', disk), { values: { a: 1, b: 3, s: 2 }, whole: true, damage: [] });
  t.false(
    [...disk.names.values()].some((file) => file.content.includes('Secret')),
    'nothing of it is left unsealed',
  );
  t.false(disk.names.has('/d/checkpoint/index.json'));
});

test('a full disk is said, and the last generation stays; begun files take no room', async (t) => {
  const disk = new CrashingDisk();
  await want('/d', { a: 1, s: 2 }, {}, disk);
  const names = [...disk.names.keys()];
  for (const part of ['objects', 'index', 'device.key']) {
    if (part === 'device.key') disk.names.delete('/d/device.key');
    disk.failing = (path) =>
      path.includes(part) ? Object.assign(new Error('no space left'), { code: 'ENOSPC' }) : undefined;
    const error = await t.throwsAsync(want('/d', { a: 5, s: 6 }, {}, disk), { instanceOf: CheckpointError });
    t.is((error as CheckpointError).code, 'no-space');
    if (part === 'device.key') break;
    t.deepEqual([...disk.names.keys()], names);
    t.deepEqual(await loaded('/d', disk), { values: { a: 1, s: 2 }, whole: true, damage: [] });
  }
  disk.failing = undefined;
  await want('/d', { a: 5, s: 6 }, {}, disk);
  t.deepEqual(await loaded('/d', disk), { values: { a: 5, s: 6 }, whole: true, damage: [] });
});

const sets = fc.dictionary(fc.constantFrom('a', 'b', 's1', 's2'), fc.nat({ max: 3 }), { noNullPrototype: true });

test('the power may go at any step: the old generation is there or the new one, whole, and life goes on from it', async (t) => {
  await fc.assert(
    fc.asyncProperty(sets, sets, sets, fc.noShrink(fc.integer()), async (first, before, after, seed) => {
      for (let step = 0; ; step += 1) {
        const disk = new CrashingDisk();
        await want('/d', first, {}, disk);
        await want('/d', before, first, disk);
        disk.left = step;
        const cut = await want('/d', after, before, disk).then(
          () => false,
          (error: unknown) => {
            t.true(error instanceof PowerCut, String(error));
            return true;
          },
        );
        disk.restart(chances(seed + step));
        const { values, whole, damage } = await loaded('/d', disk);
        t.true(whole, damage.join());
        if (!cut) t.deepEqual(values, after);
        else if (JSON.stringify(sorted(values)) !== JSON.stringify(sorted(after))) t.deepEqual(values, before);
        await want('/d', { z: 9 }, values, disk);
        t.deepEqual((await loaded('/d', disk)).values, { z: 9 });
        if (!cut) return;
      }
    }),
    { numRuns: 30 },
  );
});

test('the power may go at any step of the first start: nothing is kept or all', async (t) => {
  for (let step = 0; ; step += 1) {
    const disk = new CrashingDisk();
    disk.left = step;
    const cut = await want('/d', { a: 1, s: 2 }, {}, disk).then(
      () => false,
      () => true,
    );
    disk.restart(chances(step));
    const { values, damage } = await loaded('/d', disk);
    t.deepEqual(damage, []);
    if (cut && Object.keys(values).length === 0) continue;
    t.deepEqual(values, { a: 1, s: 2 });
    if (!cut) return;
  }
});

const last = { a: 3, s1: 2, s2: 4 };
const before = { a: 1, s1: 2 };

/** A disk with two generations. */
async function written(): Promise<CrashingDisk> {
  const disk = new CrashingDisk();
  await want('/d', before, {}, disk);
  await want('/d', last, before, disk);
  return disk;
}

/** The disk with one byte of a file cut off with all after it, or one bit of it wrong. */
function damaged(disk: CrashingDisk, name: string, at: number, kind: 'cut' | 'flip'): CrashingDisk {
  const worse = new CrashingDisk();
  for (const [each, { content }] of disk.names) worse.names.set(each, { content: Buffer.from(content), whole: true });
  const file = worse.names.get(name);
  if (file === undefined) throw new Error(`no ${name}`);
  if (kind === 'cut') file.content = file.content.subarray(0, at);
  else file.content.writeUInt8(file.content.readUInt8(at) ^ (1 << (at % 8)), at);
  return worse;
}

for (const [what, part, expected] of [
  ['the last index', /index-0/, [before]],
  ['the index before', /index-1/, [last]],
  ['an object', /objects/, [last, { ...last, a: 1 }, { a: 3, s1: 2 }, { a: 3, s2: 4 }]],
  ['the key', /key/, [{ a: 3 }]],
] as const) {
  test(`${what} cut off or with a wrong bit, at any place: it is said, what is left is used, and it is mended`, async (t) => {
    const disk = await written();
    const places = [...disk.names]
      .filter(([name]) => part.test(name))
      .flatMap(([name, { content }]) => Array.from(content, (_, at) => ({ name, at })));
    t.true(places.length > 50);
    for (const { name, at } of places) {
      for (const kind of ['cut', 'flip'] as const) {
        const worse = damaged(disk, name, at, kind);
        const { values, whole, damage } = await loaded('/d', worse);
        const found = `${kind} ${at} of ${name}: ${JSON.stringify(values)} ${damage.join()}`;
        t.is(whole, damage.length === 0, found);
        t.true(damage.length > 0 || JSON.stringify(sorted(values)) === JSON.stringify(sorted(last)), found);
        t.true(
          expected.some((one) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(values))),
          found,
        );
        if (at % 16 !== 0) continue;
        await want('/d', last, {}, worse);
        t.deepEqual(await loaded('/d', worse), { values: last, whole: true, damage: [] }, found);
      }
    }
  });
}

const sorted = (values: Values) => Object.entries(values).toSorted(([a], [b]) => a.localeCompare(b));

/** Numbers from 0 to 1 that are the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
