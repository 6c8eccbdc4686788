/** The images that tests run, imported into a containerd: busybox, and the pause image of its sandboxes. */
import { join } from 'node:path';
import type { Containerd } from '../../src/agent/io/containerd/containerd-process.ts';
import { buildBusyboxArchive, buildPauseArchive } from '../../src/agent/io/containerd/image-archive.ts';

export const BUSYBOX = 'bramble.local/busybox:1';
export const PAUSE = 'bramble.local/pause:1';

/** Builds the two archives in `dir` and imports them. */
export async function importImages(containerd: Containerd, dir: string): Promise<void> {
  const [pause, busybox] = [join(dir, 'pause.tar'), join(dir, 'busybox.tar')];
  await buildPauseArchive(pause, { tag: PAUSE });
  await buildBusyboxArchive(busybox, { tag: BUSYBOX });
  await containerd.importImage(pause);
  await containerd.importImage(busybox);
}
