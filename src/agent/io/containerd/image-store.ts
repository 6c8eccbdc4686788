/** Archives of images on the agent's disk, one file each, named by its digest, until containerd has them. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../../common/actor/types.ts';
import type { Cri } from '../../ports/cri.ts';
import { type ImageStore, ImageStoreError } from '../../ports/image-store.ts';
import { RunError, run } from '../run.ts';
import { importImages } from './import-images.ts';

export type ImageStoreOptions = {
  /** Where archives are kept while they come. */
  readonly dir: string;
  /** The runtime's socket. */
  readonly socket: string;
  readonly cri: Pick<Cri, 'version'>;
  /** Ages of files are by the wall clock. */
  readonly clock: Pick<Clock, 'wall'>;
};

const ALGORITHM = 'sha256:';

export function createImageStore({ dir, socket, cri, clock }: ImageStoreOptions): ImageStore {
  const fileOf = (id: string) => join(dir, `${id.slice(ALGORITHM.length)}.part`);
  const discard = (id: string) => rm(fileOf(id), { force: true });
  const have = async (id: string): Promise<number> => {
    const found = await stat(fileOf(id)).catch(unlessMissing);
    return found?.size ?? 0;
  };
  const makeDir = () => mkdir(dir, { recursive: true, mode: 0o700 });

  return {
    check: () => guarded(() => check(cri)),
    room: () =>
      guarded(async () => {
        await makeDir();
        const { bavail, bsize } = await statfs(dir);
        return bavail * bsize;
      }),
    have: (id) => guarded(() => have(id)),
    append: (id, bytes) =>
      guarded(async () => {
        await makeDir();
        await appendFile(fileOf(id), bytes, { mode: 0o600 });
        return await have(id);
      }),
    importArchive: (id, content) =>
      guarded(async () => {
        const path = fileOf(id);
        if ((await digestOf(path)) !== id) {
          await discard(id);
          throw new ImageStoreError('corrupt', 'what came is not the archive that was sent: its digest is another');
        }
        const base = `bramble.local/loaded-${id.slice(ALGORITHM.length, ALGORITHM.length + 16)}`;
        const images = await importImages(socket, { ...content, path, base });
        await discard(id);
        return images;
      }),
    discard: (id) => guarded(() => discard(id)),
    untag: (name) =>
      guarded(async () => {
        await check(cri);
        await run('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'remove', name]);
      }),
    list: () =>
      guarded(async () => {
        const files = (await readdir(dir).catch(unlessMissing)) ?? [];
        const archives = files.filter((name) => /^[0-9a-f]{64}\.part$/.test(name));
        return await Promise.all(
          archives.map(async (name) => {
            const { mtimeMs } = await stat(join(dir, name));
            return { id: `${ALGORITHM}${name.slice(0, 64)}`, idle: clock.wall() - mtimeMs };
          }),
        );
      }),
  };
}

async function check(cri: Pick<Cri, 'version'>): Promise<void> {
  const { runtimeName } = await cri.version();
  if (runtimeName !== 'containerd') {
    const advice = `bring it into the store of ${runtimeName} on the device itself (skopeo copy docker-archive:FILE …), or give the device a registry`;
    throw new ImageStoreError(
      'unsupported',
      `this node runs ${runtimeName}, and images can be loaded into containerd only: ${advice}`,
    );
  }
  try {
    await run('ctr', ['--version']);
  } catch (error) {
    const message =
      'to load images this node needs the program ctr, which belongs to containerd, and it can not be run';
    throw new ImageStoreError('unsupported', message, { cause: error });
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `${ALGORITHM}${hash.digest('hex')}`;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

/** The disk's and the programs' failures, as the port has them. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const told = error instanceof RunError || (error instanceof Error && 'errno' in error);
    throw told ? new ImageStoreError('failed', error.message, { cause: error }) : error;
  }
}
