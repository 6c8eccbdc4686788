/** Reads what the last boot has left: /sys/fs/pstore and what systemd made of it, wtmp, watchdogs, the firmware's reset status. */

import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootTraces, BootTracesReader } from '../../ports/boot-traces.ts';
import { endedByShutdown } from './wtmp.ts';

/** Of what a crashed kernel has left that is read: who knows what it is. */
const MOST_DUMPS = 20;
const LARGEST_DUMP = 256 * 1024;
const LARGEST_WTMP = 256 * 400;
const NO_BOOT = '';
const CHOSEN = 'proc/device-tree/chosen';
/** As documented, and as bootloaders name it. */
const RESET_STATUS = [`${CHOSEN}/bootloader/pm_rsts`, `${CHOSEN}/bootloader/rsts`];
const POWER_EVENTS = [`${CHOSEN}/power/power_reset`, `${CHOSEN}/power/reset_event`];

export function createBootTraces(root: string): BootTracesReader {
  const at = (path: string) => join(root, path);
  return {
    async read() {
      const found = await dumps(at);
      return {
        bootId: ((await textOf(at('proc/sys/kernel/random/boot_id'))) ?? NO_BOOT).trim(),
        dumps: found,
        names: found.map(({ name }) => name),
        shutdownRecorded: await shutdownRecorded(at('var/log/wtmp')),
        watchdogStatus: await watchdogStatus(at('sys/class/watchdog')),
        resetStatus: await firstNumber(RESET_STATUS.map(at)),
        powerEvents: (await firstNumber(POWER_EVENTS.map(at))) ?? 0,
      };
    },
  };
}

async function dumps(at: (path: string) => string): Promise<BootTraces['dumps']> {
  const archive = at('var/lib/systemd/pstore');
  const folders = [
    at('sys/fs/pstore'),
    archive,
    ...(await namesOf(archive)).slice(-MOST_DUMPS).map((name) => join(archive, name)),
  ];
  const found: { name: string; text: string; time: number }[] = [];
  for (const folder of folders) {
    for (const name of (await namesOf(folder)).filter((one) => /^(dmesg|console)/.test(one)).slice(-MOST_DUMPS)) {
      const path = join(folder, name);
      const { mtimeMs = 0, size = 0 } = (await stat(path).catch(() => undefined)) ?? {};
      // The names come again in each boot.
      found.push({
        name: `${path} ${mtimeMs} ${size}`,
        text: (await endOf(path, LARGEST_DUMP))?.toString('latin1') ?? '',
        time: mtimeMs,
      });
    }
  }
  return found
    .sort((one, other) => other.time - one.time)
    .slice(0, MOST_DUMPS)
    .map(({ name, text }) => ({ name, text }));
}

async function shutdownRecorded(path: string): Promise<boolean | undefined> {
  const size = (await stat(path).catch(() => undefined))?.size;
  const end = size === undefined ? undefined : await endOf(path, LARGEST_WTMP);
  return end === undefined || size === undefined ? undefined : endedByShutdown(end, size);
}

async function watchdogStatus(dir: string): Promise<number> {
  const found = await Promise.all((await namesOf(dir)).map((name) => textOf(join(dir, name, 'bootstatus'))));
  return found.reduce((bits, text) => bits | (Number(text?.trim() ?? 0) || 0), 0);
}

/** A number of 32 bits, the high byte first, as all of a device tree; of the first of these files that there is. */
async function firstNumber(paths: readonly string[]): Promise<number | undefined> {
  const found = await Promise.all(paths.map((path) => endOf(path, 4)));
  return found.find((bytes) => bytes?.length === 4)?.readUInt32BE(0);
}

const namesOf = async (dir: string): Promise<readonly string[]> => (await readdir(dir).catch(() => [])).sort();
const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** The last bytes of a file; undefined for one that can not be read. */
async function endOf(path: string, most: number): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    // Files of the kernel may say that they are empty.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, Math.max(0, size - most));
    return buffer.subarray(0, bytesRead);
  } catch {
    // A dump that can not be read tells nothing.
    return undefined;
  } finally {
    await file.close();
  }
}
