/**
 * Takes image archives from clients, in pieces that may come again or from where another transfer stopped, and has them
 * imported once they are whole. What is here already is on the disk: neither an agent that ends nor a client loses it.
 */

import type { Millis } from '../../../common/actor/types.ts';
import { formatBytes } from '../../../common/lib/bytes.ts';
import { sha256 } from '../../../common/lib/hash.ts';
import type { ImagesAnswer, ImagesRefusal, ImagesRequest, PieceRequest } from '../../../common/wire/images-protocol.ts';
import { runsOn } from '../../core/images/pull-failure.ts';
import { CriError } from '../../ports/cri.ts';
import { type ArchiveContent, type ImageStore, ImageStoreError } from '../../ports/image-store.ts';

type Ask<V> = Extract<ImagesRequest, { verb: V }>;
type Transfer = { readonly size: number; turn: Promise<unknown>; usedAt: Millis };
type Import = { done: ImagesAnswer<'import'> | undefined };

type Limits = { readonly maxBytes: number; readonly architecture: string | undefined };

const MOST_TRANSFERS = 8;
const MOST_REMEMBERED = 32;
/** An archive to which nothing was added for so long makes room for another. */
const IDLE: Millis = 5 * 60_000;
const EXPIRED: Millis = 24 * 3_600_000;
/** What stays free on the disk beside an archive and what is unpacked of it. */
const RESERVE = 64 * 1024 * 1024;

export function imageTransfers(store: ImageStore, { maxBytes, architecture }: Limits, now: () => Millis) {
  const transfers = new Map<string, Transfer>();
  const imports = new Map<string, Import>();
  /** Imports are heavy for a small device: one after the other. */
  let importing: Promise<unknown> = Promise.resolve();

  /** One after the other for each archive. */
  async function inTurn<T>(transfer: Transfer, work: () => Promise<T>): Promise<T> {
    transfer.usedAt = now();
    const mine = transfer.turn.then(work, work);
    transfer.turn = mine.catch(() => undefined);
    return await mine;
  }

  async function begin(request: Ask<'begin'>): Promise<ImagesAnswer<'begin'>> {
    const { digest, size, unpacked = size, platforms, force } = request;
    if (size > maxBytes) {
      const limit = `this node takes at most ${formatBytes(maxBytes)} (maxImageBytes in its agent.yaml)`;
      return refuse('too-large', `the archive has ${formatBytes(size)}, and ${limit}`);
    }
    const fits = platforms.length === 0 || platforms.some((platform) => isFor(platform, architecture));
    if (!fits && !force) {
      const device = `this node is linux/${architecture}`;
      return refuse(
        'architecture',
        `the archive is for ${platforms.join(', ')}, and ${device}; --force loads it all the same`,
      );
    }
    await store.check();
    if (imports.get(digest)?.done !== undefined) imports.delete(digest);
    for (const [id, { usedAt }] of transfers) if (now() - usedAt > IDLE) transfers.delete(id);
    if (!transfers.has(digest) && transfers.size >= MOST_TRANSFERS) {
      return refuse('overloaded', `this node is being sent ${MOST_TRANSFERS} archives already`);
    }
    const transfer: Transfer = { size, turn: transfers.get(digest)?.turn ?? Promise.resolve(), usedAt: now() };
    transfers.set(digest, transfer);
    return await inTurn(transfer, async () => {
      const have = await kept(digest, size);
      const room = await store.room();
      // The archive, the image's content, and the file system that is unpacked from it.
      const needed = size - have + 2 * Math.max(size, unpacked) + RESERVE;
      if (room >= needed) return { ok: true, have, ...(fits ? {} : { platform: platforms[0] }) };
      transfers.delete(digest);
      return refuse(
        'no-room',
        `the disk has ${formatBytes(room)} left, and ${formatBytes(needed)} are needed to unpack it`,
      );
    });
  }

  async function kept(digest: string, size: number): Promise<number> {
    const have = await store.have(digest);
    if (have <= size) return have;
    await store.discard(digest);
    return 0;
  }

  async function piece({ digest, offset, sum, bytes }: PieceRequest): Promise<ImagesAnswer<'piece'>> {
    const transfer = transfers.get(digest);
    if (transfer === undefined) return refuse('not-found', 'nothing is known of this archive: begin again');
    if (offset + bytes.length > transfer.size) return refuse('invalid', 'the piece goes beyond the end of the archive');
    if (sha256(bytes) !== sum) {
      return refuse('corrupt', `the piece at byte ${offset} came damaged`);
    }
    return await inTurn(transfer, async () => {
      const have = await store.have(digest);
      return { ok: true, have: offset === have ? await store.append(digest, bytes) : have };
    });
  }

  /** Begins the import, or tells how it stands. Its end is told until the archive is begun again: an answer may get lost. */
  async function finish({ digest, size, ...content }: Ask<'import'>): Promise<ImagesAnswer<'import'>> {
    const known = imports.get(digest);
    if (known !== undefined) return known.done ?? { ok: true };
    const have = await store.have(digest);
    // Another client that sends the same archive may have begun it just now.
    const other = imports.get(digest);
    if (other !== undefined) return other.done ?? { ok: true };
    if (have !== size) return refuse('not-found', `${have} of ${size} bytes of the archive are here: begin again`);
    for (const [id, { done }] of imports) if (done !== undefined && imports.size >= MOST_REMEMBERED) imports.delete(id);
    const job: Import = { done: undefined };
    imports.set(digest, job);
    const work = async (): Promise<void> => {
      job.done = await imported(store, digest, content);
      transfers.delete(digest);
    };
    importing = importing.then(work, work);
    return { ok: true };
  }

  /** Archives that nobody went on with for a day. */
  async function expire(): Promise<void> {
    for (const { id, idle } of await store.list()) {
      if (idle > EXPIRED && !transfers.has(id) && !imports.has(id)) await store.discard(id);
    }
  }

  return { begin, piece, finish, expire };
}

async function imported(store: ImageStore, digest: string, content: ArchiveContent): Promise<ImagesAnswer<'import'>> {
  try {
    return { ok: true, images: [...(await store.importArchive(digest, content))] };
  } catch (error) {
    return refusalOf(error) ?? refuse('failed', String(error));
  }
}

/** What the store or the runtime refused, as an answer; undefined for anything else. */
export function refusalOf(error: unknown): ImagesRefusal | undefined {
  if (error instanceof ImageStoreError) return refuse(error.code, error.message);
  return error instanceof CriError ? refuse('failed', error.message) : undefined;
}

const refuse = (code: ImagesRefusal['code'], message: string): ImagesRefusal => ({
  ok: false,
  code,
  message: message.slice(0, 4096),
});

/** `linux/arm/v7`: the variant is left to the runtime. */
function isFor(platform: string, device: string | undefined): boolean {
  const [os, architecture = ''] = platform.split('/');
  return device === undefined || (os === 'linux' && runsOn(architecture, device));
}
