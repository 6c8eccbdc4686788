/**
 * `bench static-pod`: a file dropped into the manifests directory → its process runs; the file removed → its process is gone.
 * Beside it the floor: the calls for one pod made of the runtime directly.
 */

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCri } from '../src/agent/io/cri/cri.ts';
import type { Cri } from '../src/agent/ports/cri.ts';
import { startFieldCluster } from '../test/support/field-cluster.ts';
import { measureFloor } from './lib/cri-floor.ts';
import { createMarks, ended } from './lib/marks.ts';
import { median } from './lib/statistics.ts';

/** Argument: the number of rounds, 30 when there is none. */
export async function run([rounds = '30']: readonly string[]): Promise<Record<string, number>> {
  const cluster = await startFieldCluster(63);
  const { device } = cluster;
  const marks = createMarks(join(device.dataDir, 'marks'));
  const cri = createCri(join(device.runDir, 'containerd', 'containerd.sock'));
  try {
    device.startAgent();
    await cluster.untilNodeReady();
    const floor = await measureFloor(cri, 15);
    const drops: number[] = [];
    const removals: number[] = [];
    for (let round = -2; round < Number(rounds); round += 1) {
      const name = `static-${round + 2}`;
      const file = join(device.manifests, `${name}.json`);
      writeFileSync(`${device.dataDir}/${name}`, JSON.stringify(marks.pod(name)));
      const started = marks.started(name);
      const dropped = performance.now();
      renameSync(`${device.dataDir}/${name}`, file);
      const drop = (await started) - dropped;
      const pid = marks.pid(name);
      const removed = performance.now();
      rmSync(file);
      const removal = (await ended(pid)) - removed;
      await nothingLeft(cri);
      // The first ones warm up.
      if (round < 0) continue;
      drops.push(drop);
      removals.push(removal);
    }
    return {
      drop_p50_ms: Math.round(median(drops)),
      remove_p50_ms: Math.round(median(removals)),
      floor_ms: Math.round(median(floor.serialMillis)),
    };
  } finally {
    cri.close();
    marks.close();
    await cluster.stop();
  }
}

/** One pod's end does not take part in the next one's start. */
async function nothingLeft(cri: Cri): Promise<void> {
  while ((await cri.listSandboxes()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
