/** `bramble down`: ends what `bramble up` started, also after a crash; `--purge` removes the data too. */

import { existsSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../common/actor/clock.ts';
import { pause } from '../common/actor/pause.ts';
import { createLogger } from '../common/process/logger.ts';
import { type Program, UserError } from '../common/process/program.ts';
import { release, runningCluster } from './cluster-files.ts';
import { teardown } from './teardown.ts';
import { upCall } from './up-call.ts';

export const main: Program = async (argv) => {
  const call = await upCall('down', 'End the cluster that `bramble up` started on this machine', argv);
  if (call === undefined) return 0;
  const { settings, entry } = call;
  const pid = runningCluster(settings);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    await ended(settings, pid);
  } else {
    if (!(await teardown(entry, settings, createLogger('down', settings.logLevel)))) return 1;
    release(settings);
  }
  if (settings.purge) {
    for (const dir of [settings.dataDir, settings.runDir]) purge(dir);
  }
  process.stdout.write(`bramble is down${settings.purge ? '; its data is removed' : ''}\n`);
  return 0;
};

/** Removes a directory; of one that is a file system of its own, what is in it. Throws UserError. */
function purge(dir: string): void {
  const mounted = mountBelow(dir);
  // What is mounted there may be a folder of this machine that a pod had a part of.
  if (mounted !== undefined)
    throw new UserError(`${dir} is not removed: ${mounted} is mounted. Unmount it and try again.`);
  try {
    for (const name of existsSync(dir) ? readdirSync(dir) : [])
      rmSync(join(dir, name), { recursive: true, force: true });
    if (existsSync(dir)) rmdirSync(dir);
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY' && path === dir) return;
    throw new UserError(`${path ?? dir} cannot be removed: ${code ?? message}; is something mounted there?`);
  }
}

function mountBelow(dir: string): string | undefined {
  if (!existsSync(dir)) return undefined;
  const prefix = `${realpathSync(dir)}/`;
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .find((point) => point.startsWith(prefix));
}

async function ended(
  settings: Parameters<typeof runningCluster>[0] & { readonly timeout: number },
  pid: number,
): Promise<void> {
  const deadline = realClock.now() + settings.timeout * 1000;
  while (runningCluster(settings) === pid) {
    if (realClock.now() > deadline) throw new UserError(`process ${pid} has not ended after ${settings.timeout} s`);
    await pause(realClock, 50);
  }
}
