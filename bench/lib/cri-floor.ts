/** The floor for a pod's start: the CRI calls that every bridge pod needs, made directly and with nothing between. */
import type { Cri } from '../../src/agent/ports/cri.ts';
import { sandboxConfig, shellConfig } from '../../test/support/cri-configs.ts';

const IMAGE = 'bramble.local/busybox:1';
const SCRIPT = 'trap "exit 0" TERM; sleep 1000000 & wait';

export type Floor = {
  /** Of each pod, one after another: from RunPodSandbox to a status that says running. */
  readonly serialMillis: readonly number[];
  /** Until the last of as many pods, started at once, is running. */
  readonly parallelMillis: number;
};

/** Starts `count` pods in turn and then at once, and removes them. The busybox image must be on the device. */
export async function measureFloor(cri: Cri, count: number): Promise<Floor> {
  const serialMillis: number[] = [];
  const run = async (name: string): Promise<string> => {
    const sandbox = sandboxConfig(name, { namespace: 'bench' });
    const id = await cri.runSandbox(sandbox);
    const container = await cri.createContainer(id, shellConfig(IMAGE, SCRIPT), sandbox);
    await cri.startContainer(container);
    const { state } = await cri.containerStatus(container);
    if (state !== 'running') throw new Error(`the container of ${name} is ${state}`);
    return id;
  };
  const end = async (id: string): Promise<void> => {
    await cri.stopSandbox(id);
    await cri.removeSandbox(id);
  };
  for (let index = 0; index < count; index += 1) {
    const begin = performance.now();
    const id = await run(`floor-serial-${index}`);
    serialMillis.push(performance.now() - begin);
    await end(id);
  }
  const begin = performance.now();
  const ids = await Promise.all(Array.from({ length: count }, (_, index) => run(`floor-parallel-${index}`)));
  const parallelMillis = performance.now() - begin;
  await Promise.all(ids.map(end));
  return { serialMillis, parallelMillis };
}
