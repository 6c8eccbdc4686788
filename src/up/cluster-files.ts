/** Where the one-machine cluster keeps what it needs to be found and ended again. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UpSettings } from '../common/model/config/up-settings.ts';

type Dirs = Pick<UpSettings, 'dataDir' | 'runDir'>;

export const pidFile = ({ runDir }: Dirs): string => join(runDir, 'up.pid');
export const logFile = ({ dataDir }: Dirs): string => join(dataDir, 'up.log');
export const masterDir = ({ dataDir }: Dirs): string => join(dataDir, 'master');
export const agentDir = ({ dataDir }: Dirs): string => join(dataDir, 'agent');

/** The process of a running `bramble up`, or undefined. A pid file of a dead or another process does not count. */
export function runningCluster(dirs: Dirs): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile(dirs), 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return command.includes('up') && pid !== process.pid ? pid : undefined;
  } catch {
    // No pid file, or no such process: nothing runs.
    return undefined;
  }
}

/** Claims the directories for this process. */
export function claim(dirs: Dirs): void {
  mkdirSync(dirs.dataDir, { recursive: true, mode: 0o700 });
  mkdirSync(dirs.runDir, { recursive: true, mode: 0o755 });
  writeFileSync(pidFile(dirs), String(process.pid));
}

/** Gives the claim back. */
export function release(dirs: Dirs): void {
  rmSync(pidFile(dirs), { force: true });
}
