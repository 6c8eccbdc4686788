/** The room that is kept on the disk: a file, written once, of what no file system can make smaller. */
import { randomBytes } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import type { Ballast } from '../../ports/ballast.ts';
import { codeOf } from '../kept/durable-files.ts';

/** What a runtime and the agent write for the end of many pods; and it is written within a day's budget. */
const BYTES = 512 * 1024;

export function createBallast(path: string): Ballast {
  return {
    async keep() {
      try {
        const there = await stat(path).catch(() => undefined);
        if (there?.size !== BYTES) await writeFile(path, randomBytes(BYTES), { mode: 0o600 });
        return true;
      } catch (error) {
        if (codeOf(error) === undefined) throw error;
        await rm(path, { force: true });
        return false;
      }
    },
    release: () => rm(path, { force: true }),
  };
}
