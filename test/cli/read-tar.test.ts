import test from 'ava';
import fc from 'fast-check';
import { tar } from '../../src/agent/io/containerd/tar.ts';
import { imagesIn } from '../../src/cli/image/archive-images.ts';
import { readTar, TarError } from '../../src/cli/image/read-tar.ts';
import { dockerArchive, ociArchive } from '../support/archives.ts';

/** The bytes in pieces of any size. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const name = fc.stringMatching(/^[a-z]{1,10}$/);

test('all files are found, and small ones are kept, in whatever pieces the archive comes', async (t) => {
  const files = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 2000 })), { selector: ([path]) => path });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 3000 }), async (wanted, piece) => {
      const entries = wanted.map(([path, content]) => ({
        kind: 'file' as const,
        path,
        mode: 0o644,
        content: Buffer.from(content),
      }));
      const { paths, small } = await readTar(inPieces(tar(entries), piece), 1000);
      t.deepEqual(
        [...paths],
        wanted.map(([path]) => path),
      );
      for (const [path, content] of wanted) {
        t.deepEqual(small.get(path), content.length <= 1000 ? Buffer.from(content) : undefined);
      }
    }),
    { numRuns: 50 },
  );
});

test('no bytes make it throw anything but what it says of archives', async (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.nat(4000).map((end) => tar([]).subarray(0, end)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      try {
        await readTar(inPieces(content, 512), 1000);
      } catch (error) {
        t.true(error instanceof TarError, String(error));
      }
    }),
  );
});

test('images, their names and platforms are read from archives of docker and OCI', async (t) => {
  const read = async (bytes: Uint8Array) => imagesIn(await readTar(inPieces(bytes, 10_000), 100_000));
  t.deepEqual(await read(dockerArchive({ tag: 'shop/till:1', architecture: 'arm64' })), {
    format: 'docker',
    count: 1,
    names: ['shop/till:1'],
    platforms: ['linux/arm64'],
  });
  t.deepEqual(await read(ociArchive(['arm', 'arm64'], 'shop/till:1')), {
    format: 'oci',
    count: 1,
    names: ['shop/till:1'],
    platforms: ['linux/arm', 'linux/arm64'],
  });
  t.deepEqual((await read(ociArchive(['arm'], 'latest'))).names, [], 'a tag alone is no name');
});
