/** Keeps the agent's own containerd running, with the images that a device without a registry needs. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger, Millis } from '../../common/actor/types.ts';
import { type ContainerdOptions, containerdLayout } from './containerd-config.ts';
import { type Containerd, startContainerd } from './containerd-process.ts';
import { createCri } from './cri.ts';
import { buildBusyboxArchive, buildPauseArchive } from './image-archive.ts';

const LOOK_EVERY: Millis = 5_000;

/** The images that are made on the machine itself, from its own busybox. */
export const pauseImage = 'bramble.local/pause:1';
export const busyboxImage = 'bramble.local/busybox:1';

/**
 * Starts containerd in the background, again whenever it is gone, until `signal` aborts: then it is left running, as
 * pods outlive the agent. Failures are logged and tried again; the node meanwhile says that its runtime is not there.
 */
export function keepContainerd(options: ContainerdOptions, clock: Clock, log: Logger, signal: AbortSignal): void {
  let known: number | undefined;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    try {
      const containerd = await startContainerd(options, clock);
      if (containerd.pid !== known) {
        await importImages(containerd, options, clock);
        log.info({ pid: containerd.pid, socket: containerdLayout(options).socket }, 'containerd runs');
        known = containerd.pid;
      }
    } catch (error) {
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'containerd does not run');
    }
    if (!signal.aborted) cancel = clock.timer(LOOK_EVERY, () => void look());
  };
  signal.addEventListener('abort', () => cancel(), { once: true });
  void look();
}

/** Brings the images that are not there yet: an agent that finds its containerd running has nothing to do. */
async function importImages(containerd: Containerd, options: ContainerdOptions, clock: Clock): Promise<void> {
  const archives = join(options.dataDir, 'archives');
  const cri = createCri(containerd.socket, { clock });
  try {
    for (const [tag, build] of [
      [pauseImage, buildPauseArchive],
      [busyboxImage, buildBusyboxArchive],
    ] as const) {
      if ((await cri.imageStatus(tag)) !== undefined) continue;
      await mkdir(archives, { recursive: true });
      const archive = join(archives, 'image.tar');
      await build(archive, { tag });
      await containerd.importImage(archive);
    }
  } finally {
    cri.close();
    await rm(archives, { recursive: true, force: true });
  }
}
