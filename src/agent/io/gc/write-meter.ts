/** Bytes written, from /proc/self/io and /proc/diskstats. Root can be another one, for tests. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WriteMeter } from '../../ports/write-meter.ts';
import { deviceNumbers, diskstats } from '../usage/proc-files.ts';

export function createWriteMeter(dataDir: string, root = '/'): WriteMeter {
  let disk: Promise<string | undefined> | undefined;
  return {
    async read() {
      disk ??= diskOf(dataDir, root);
      const [own, stats, device] = await Promise.all([text(root, 'proc/self/io'), text(root, 'proc/diskstats'), disk]);
      const agent = ownWrites(own);
      const total = diskstats(stats).find((one) => one.device === device)?.writtenBytes;
      return { ...(agent === undefined ? {} : { agent }), ...(total === undefined ? {} : { total }) };
    },
  };
}

/** proc_pid_io(5). */
function ownWrites(io: string): number | undefined {
  const [, written] = /^write_bytes: (\d+)$/m.exec(io) ?? [];
  const [, cancelled = '0'] = /^cancelled_write_bytes: (\d+)$/m.exec(io) ?? [];
  return written === undefined ? undefined : Math.max(0, Number(written) - Number(cancelled));
}

/** Numbers of the whole disk that a folder is on; undefined where it is on none, as in an overlay. */
async function diskOf(dir: string, root: string): Promise<string | undefined> {
  const { dev } = await stat(dir);
  const numbers = deviceNumbers(dev);
  const device = await realpath(join(root, 'sys/dev/block', numbers)).catch(() => undefined);
  if (device === undefined) return undefined;
  if ((await text(device, 'partition')) === '') return numbers;
  return (await text(dirname(device), 'dev')).trim() || numbers;
}

/** Empty when it can not be read. */
const text = (dir: string, path: string): Promise<string> => readFile(join(dir, path), 'utf8').catch(() => '');
