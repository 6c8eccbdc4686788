import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { imageTransfers } from '../../src/agent/actors/images/image-transfers.ts';
import { realClock } from '../../src/common/actor/clock.ts';
import type { ImagesAnswer, ImagesRequest, ImagesVerb, PieceRequest } from '../../src/common/wire/images-protocol.ts';
import { serveImages } from '../../src/common/wire/serve-images.ts';
import { dockerArchive, ociArchive } from '../support/archives.ts';
import { FakeImageStore } from '../support/fake-images.ts';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);

type Answer = ImagesAnswer<ImagesVerb>;
type Request = ImagesRequest | PieceRequest;
type Handler = (request: Request) => Promise<Answer>;

/** A device that takes archives; `around` stands between it and what it is asked. */
async function device(
  t: ExecutionContext,
  node: string,
  {
    labels = {},
    around = (next) => next,
  }: { labels?: Record<string, string>; around?: (next: Handler) => Handler } = {},
) {
  await rig.master.api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: node, labels } });
  const store = new FakeImageStore();
  const start = () => imageTransfers(store, { maxBytes: 1e9, architecture: 'arm64' }, () => realClock.now());
  const state = { transfers: start(), pieces: 0 };
  const answer: Handler = async (request) => {
    switch (request.verb) {
      case 'begin':
        return await state.transfers.begin(request);
      case 'piece':
        state.pieces += 1;
        return await state.transfers.piece(request);
      case 'import':
        return await state.transfers.finish(request);
      default:
        return { ok: true, images: [], left: 0 };
    }
  };
  const handler = around(answer);
  const serve = () => serveImages(rig.master.nats, node, handler);
  let stop = serve();
  t.teardown(() => stop());
  await rig.master.nats.flush();
  return {
    store,
    pieces: () => state.pieces,
    /** As an agent does that is killed and started again. */
    restart: () => {
      state.transfers = start();
    },
    away: () => stop(),
    back: () => {
      stop = serve();
    },
  };
}

const archive = (tag: string, padding = 1_500_000) => dockerArchive({ tag, padding, architecture: 'arm64' });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

test('an archive is sent to several nodes at once, and each says what it has loaded', async (t) => {
  const labels = { site: 'north' };
  const nodes = [await device(t, 'north-1', { labels }), await device(t, 'north-2', { labels })];
  const other = await device(t, 'south-1');
  const bytes = archive('shop/till:1');
  const file = await rig.client.file('till.tar', bytes);
  const ran = await rig.client.run(['image', 'load', file, '-l', 'site=north']);
  t.is(ran.code, codes.ok, ran.stderr);
  t.regex(ran.stdout, /north-1: loaded shop\/till:1 \([\d.]+ MiB\)\n/);
  t.regex(ran.stdout, /north-2: loaded shop\/till:1/);
  for (const node of nodes) t.deepEqual(node.store.imported, ['shop/till:1']);
  t.true((nodes[0]?.pieces() ?? 0) >= bytes.length / (256 * 1024));
  t.deepEqual(other.store.imported, []);
});

test('a transfer goes on where an earlier one stopped', async (t) => {
  const node = await device(t, 'resume-1');
  const bytes = archive('shop/till:2');
  await node.store.append(digestOf(bytes), bytes.subarray(0, bytes.length - 1000));
  const ran = await rig.client.run(['image', 'load', await rig.client.file('two.tar', bytes), '--node', 'resume-1']);
  t.is(ran.code, codes.ok, ran.stderr);
  t.is(ran.stderr, 'resume-1: going on at 99%\nresume-1: importing\n');
  t.is(node.pieces(), 1);
  t.deepEqual(node.store.imported, ['shop/till:2']);
});

test('a client that is killed in the middle leaves what it has sent for the next one', async (t) => {
  let go = (): void => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  let seen = (): void => {};
  const third = new Promise<void>((resolve) => {
    seen = resolve;
  });
  let count = 0;
  const node = await device(t, 'stop-1', {
    around: (next) => async (request) => {
      if (request.verb === 'piece') count += 1;
      if (count === 3 && request.verb === 'piece') {
        seen();
        await held;
      }
      return await next(request);
    },
  });
  const file = await rig.client.file('three.tar', archive('shop/till:3'));
  const running = rig.client.start(['image', 'load', file, '--node', 'stop-1']);
  await third;
  const stopping = running.interrupt();
  go();
  t.is((await stopping).code, codes.interrupted);
  const again = await rig.client.run(['image', 'load', file, '--node', 'stop-1']);
  t.is(again.code, codes.ok, again.stderr);
  t.regex(again.stderr, /^stop-1: going on at \d+%\n/);
  t.deepEqual(node.store.imported, ['shop/till:3']);
});

test('a piece that comes damaged is sent again', async (t) => {
  let damaged = 0;
  const node = await device(t, 'damage-1', {
    around: (next) => (request) => {
      if (request.verb !== 'piece' || damaged >= 2) return next(request);
      damaged += 1;
      const bytes = Uint8Array.from(request.bytes);
      bytes[7] = (bytes[7] ?? 0) ^ 1;
      return next({ ...request, bytes });
    },
  });
  const ran = await rig.client.run([
    'image',
    'load',
    await rig.client.file('four.tar', archive('shop/till:4')),
    '--node',
    'damage-1',
  ]);
  t.is(ran.code, codes.ok, ran.stderr);
  t.is(damaged, 2);
  t.deepEqual(node.store.imported, ['shop/till:4']);
});

test('an archive that was damaged on the disk of the device is sent anew', async (t) => {
  const node = await device(t, 'disk-1');
  const bytes = archive('shop/till:5');
  await node.store.append(digestOf(bytes), Buffer.alloc(500_000));
  const ran = await rig.client.run(['image', 'load', await rig.client.file('five.tar', bytes), '--node', 'disk-1']);
  t.is(ran.code, codes.ok, ran.stderr);
  t.deepEqual(node.store.imported, ['shop/till:5']);
});

test('an agent that is restarted, or is away for a while, is waited for', async (t) => {
  let count = 0;
  const node = await device(t, 'restart-1', {
    around: (next) => async (request) => {
      count += request.verb === 'piece' ? 1 : 0;
      const answer = await next(request);
      if (count === 3) {
        node.restart();
        node.away();
        realClock.timer(400, node.back);
      }
      return answer;
    },
  });
  const ran = await rig.client.run([
    'image',
    'load',
    await rig.client.file('six.tar', archive('shop/till:6')),
    '--node',
    'restart-1',
  ]);
  t.is(ran.code, codes.ok, ran.stderr);
  t.deepEqual(node.store.imported, ['shop/till:6']);
});

test('a node without an agent is told, and keeps no other back', async (t) => {
  const labels = { pair: 'yes' };
  const there = await device(t, 'pair-1', { labels });
  (await device(t, 'pair-2', { labels })).away();
  await rig.master.nats.flush();
  const ran = await rig.client.run([
    'image',
    'load',
    await rig.client.file('seven.tar', archive('a:7', 10)),
    '-l',
    'pair=yes',
  ]);
  t.is(ran.code, codes.unreachable);
  t.regex(ran.stderr, /error: no agent answers on node "pair-2"\nis the node up\? bramble get node pair-2/);
  t.deepEqual(there.store.imported, ['a:7']);
});

test('a device that refuses is heard, with an exit code for scripts', async (t) => {
  const node = await device(t, 'refuse-1');
  node.store.left = 1000;
  const file = await rig.client.file('eight.tar', archive('a:8', 10));
  const full = await rig.client.run(['image', 'load', file, '--node', 'refuse-1']);
  t.is(full.code, codes.failed);
  t.regex(full.stderr, /error: from node "refuse-1": the disk has .* left, and .* are needed to unpack it/);
  node.store.left = 1e12;
  const other = await rig.client.file('nine.tar', dockerArchive({ tag: 'a:9', architecture: 'amd64' }));
  const foreign = await rig.client.run(['image', 'load', other, '--node', 'refuse-1']);
  t.regex(
    foreign.stderr,
    /the archive is for linux\/amd64, and this node is linux\/arm64; --force loads it all the same/,
  );
  t.is((await rig.client.run(['image', 'load', other, '--node', 'refuse-1', '--force'])).code, codes.ok);
});

test('what is no archive of images is found before anything is sent', async (t) => {
  const refusal = async (name: string, content: Uint8Array, ...flags: readonly string[]) => {
    const ran = await rig.client.run(['image', 'load', await rig.client.file(name, content), '--all', ...flags]);
    t.is(ran.code, codes.usage, ran.stderr);
    return ran.stderr.replace(/^error: \S+: /, '').trimEnd();
  };
  const whole = archive('a:1', 100);
  t.is(await refusal('text', Buffer.from('x'.repeat(2000))), 'it is no tar archive, or is damaged');
  t.is(await refusal('empty', Buffer.alloc(0)), 'it is too short for a tar archive');
  t.is(await refusal('note', Buffer.from('hello')), 'it is too short for a tar archive');
  t.is(await refusal('cut.tar', whole.subarray(0, 5000)), 'it is cut off: save or copy it again');
  t.is(await refusal('cut.tgz', gzipSync(whole).subarray(0, 5000)), 'it is cut off: save or copy it again');
  t.regex(await refusal('x.zst', Buffer.from('28b52ffd00000000', 'hex')), /compressed with zstd.*zstd -d first/);
  t.regex(
    await refusal('plain.tar', ociArchive([]).subarray(1024)),
    /tar archive without images|names no image|damaged/,
  );
  t.regex(
    await refusal('none.tar', dockerArchive({ architecture: 'arm64' })),
    /its image has no name: give it one with --name/,
  );
  t.regex(await refusal('bad.tar', archive('Not/OK:1', 10)), /it names an image "Not\/OK:1": invalid reference format/);
  t.regex(await refusal('name.tar', whole, '--name', 'UPPER'), /must be lowercase/);
  const piped = await rig.client.run(['image', 'load', '-', '--all']);
  t.is(piped.stderr, 'error: an archive can not come from standard input: write it into a file first\n');
  const nowhere = await rig.client.run(['image', 'load', await rig.client.file('ok.tar', whole)]);
  t.is(nowhere.code, codes.usage);
  t.regex(nowhere.stderr, /say which nodes: --node NAME,…, a selector \(-l\) or --all/);
});

test('the images of a node are listed by name, those without one last', async (t) => {
  await rig.master.api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'list-1' } });
  const image = (id: string, ...tags: string[]) => ({ id, tags, digests: [], sizeBytes: 1, pinned: false, usedBy: [] });
  const images = [image('sha256:1', 'z/z:1'), image('sha256:2'), image('sha256:3', 'a/a:1', 'b/b:1')];
  t.teardown(serveImages(rig.master.nats, 'list-1', async () => ({ ok: true, images, left: 0 })));
  await rig.master.nats.flush();
  const ran = await rig.client.run(['image', 'ls', '--node', 'list-1', '--no-headers']);
  const names = ran.stdout.split('\n').map((line) => line.split(/\s+/)[1]);
  t.deepEqual(names.slice(0, 4), ['a/a:1', 'b/b:1', 'z/z:1', '<none>'], ran.stderr);
});
