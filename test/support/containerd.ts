/**
 * A real containerd for one test file: own folders, own bridge, own addresses. What a test process that was killed left
 * behind is ended at the next start, by the process id in its folder's name.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import type { ContainerdOptions } from '../../src/agent/io/containerd/containerd-config.ts';
import { type Containerd, startContainerd, stopContainerd } from '../../src/agent/io/containerd/containerd-process.ts';
import { realClock } from '../../src/common/actor/clock.ts';
import { importImages, PAUSE } from './image-archive.ts';

const RIGS = join(tmpdir(), 'bramble-containerd');

export type TestContainerd = Containerd & {
  /** Its folder, removed at stop; a test may put files there. */
  readonly dir: string;
  readonly options: ContainerdOptions;
};

/** Starts it with the busybox and pause images imported. `stop` ends all and removes its folder. */
export async function startTestContainerd(
  extra: Pick<ContainerdOptions, 'registryConfigDir'> = {},
): Promise<TestContainerd> {
  await cleanUpTheDead();
  const dir = join(RIGS, String(pid));
  await mkdir(dir, { recursive: true });
  const options = { ...rigOptions(pid), ...extra };
  const stop = async (): Promise<void> => {
    await stopContainerd(options, realClock);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const containerd = await startContainerd(options, realClock);
    await importImages(containerd, dir);
    return { ...containerd, dir, options, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function rigOptions(owner: number): ContainerdOptions {
  const dir = join(RIGS, String(owner));
  const bridge = `brc${owner}`;
  return {
    dataDir: join(dir, 'data'),
    runDir: join(dir, 'run'),
    network: { name: bridge, bridge, subnet: `10.${100 + (Math.floor(owner / 256) % 100)}.${owner % 256}.0/24` },
    sandboxImage: PAUSE,
  };
}

async function cleanUpTheDead(): Promise<void> {
  const owners = await readdir(RIGS).catch(() => []);
  for (const owner of owners.filter((name) => /^\d+$/.test(name) && !existsSync(`/proc/${name}`))) {
    await stopContainerd(rigOptions(Number(owner)), realClock);
    await rm(join(RIGS, owner), { recursive: true, force: true });
  }
}
