/** The images that a device makes itself, from its own busybox, so that it needs no registry to begin with. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../common/actor/types.ts';
import { createCri } from '../cri/cri.ts';
import { importArchive } from './containerd-process.ts';
import { buildBusyboxArchive, buildPauseArchive } from './image-archive.ts';

/** Holds a pod's namespaces: containerd's `sandbox_image`. */
export const pauseImage = 'bramble.local/pause:1';
/** A small userland, for examples and for looking around. */
const busyboxImage = 'bramble.local/busybox:1';

/**
 * Brings those that containerd on `socket` lacks, by way of archives in `dir`; answers with their names. Rejects with
 * CriError, ImageArchiveError or RunError.
 */
export async function bringImages(socket: string, dir: string, clock: Clock): Promise<readonly string[]> {
  const archives = join(dir, 'archives');
  const cri = createCri(socket, { clock });
  const brought: string[] = [];
  try {
    for (const [tag, build] of [
      [pauseImage, buildPauseArchive],
      [busyboxImage, buildBusyboxArchive],
    ] as const) {
      if ((await cri.imageStatus(tag)) !== undefined) continue;
      await mkdir(archives, { recursive: true });
      const archive = join(archives, 'image.tar');
      await build(archive, { tag });
      await importArchive(socket, archive);
      brought.push(tag);
    }
  } finally {
    cri.close();
    await rm(archives, { recursive: true, force: true });
  }
  return brought;
}
