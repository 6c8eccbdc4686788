/** Keeps the agent's own containerd running, with the images that a device without a registry needs. */
import type { Clock, Logger, Millis } from '../../../common/actor/types.ts';
import { type ContainerdOptions, containerdLayout } from './containerd-config.ts';
import { startContainerd } from './containerd-process.ts';
import { bringImages } from './own-images.ts';
import { boundRuntimeLog } from './runtime-log.ts';

const LOOK_EVERY: Millis = 5_000;

/**
 * Starts containerd in the background, again whenever it is gone, until `signal` aborts: then it is left running, as
 * pods outlive the agent. Failures are logged and tried again; the node meanwhile says that its runtime is not there.
 * Resolves when it runs for the first time and has the device's images, or when that has failed: pods that were started sooner
 * would miss them, and try again only after a pause.
 */
export function keepContainerd(
  options: ContainerdOptions,
  clock: Clock,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let known: number | undefined;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    try {
      const containerd = await startContainerd(options, clock);
      if (containerd.pid !== known) {
        await bringImages(containerd.socket, options.dataDir, clock);
        log.info({ pid: containerd.pid, socket: containerdLayout(options).socket }, 'containerd runs');
        known = containerd.pid;
      }
      await boundRuntimeLog(containerdLayout(options).logFile);
    } catch (error) {
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'containerd does not run');
    }
    if (!signal.aborted) cancel = clock.timer(LOOK_EVERY, () => void look());
  };
  signal.addEventListener('abort', () => cancel(), { once: true });
  return look();
}
