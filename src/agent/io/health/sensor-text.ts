/** Readers of the texts of sensors. Pure; what is malformed reads as nothing. */
import type { FileSystem, FirmwareThrottling, HealthReading, ThrottlingBits, Wireless } from '../../ports/health.ts';

/** The hexadecimal number of get_throttled: bits 0 to 3 hold now, bits 16 to 19 were noticed (Raspberry Pi documentation, vcgencmd). */
export function throttlingOf(text: string): FirmwareThrottling | undefined {
  if (!/^(0x)?[0-9a-f]{1,8}$/i.test(text)) return undefined;
  const value = Number.parseInt(text, 16);
  const bits = (at: number): ThrottlingBits => ({
    underVoltage: ((value >> at) & 1) === 1,
    frequencyCapped: ((value >> (at + 1)) & 1) === 1,
    throttled: ((value >> (at + 2)) & 1) === 1,
    softLimit: ((value >> (at + 3)) & 1) === 1,
  });
  return { now: bits(0), since: bits(16) };
}

/** Signal levels in dBm, of /proc/net/wireless; a driver that tells another unit is left out. */
export function wirelessOf(text: string): readonly Wireless[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', level = ''] = /^\s*([^\s:]+):\s+\S+\s+\S+\s+(-\d+)/.exec(line) ?? [];
    return name === '' ? [] : [{ name, signalDbm: Number(level) }];
  });
}

type Storage = HealthReading['storage'][number];

/**
 * Of life_time, `0x01 0x02`: of its two kinds of cells, how much of their life is used in steps of 10 % (11: more than all);
 * 0 where it is not told (JEDEC JESD84-B51, EXT_CSD 268 and 269).
 */
export function lifeUsed(text: string | undefined): Storage['lifeUsedPercent'] {
  const steps = (text ?? '').split(' ').map((step) => Number.parseInt(step, 16));
  const known = steps.filter((step) => step >= 1 && step <= 11);
  return known.length === 0 ? undefined : Math.max(...known) * 10;
}

/** Of pre_eol_info: 80 % of the reserved blocks used is a warning, 90 % is urgent (JEDEC JESD84-B51, EXT_CSD 267). */
export function preEndOfLife(text: string | undefined): Storage['preEndOfLife'] {
  return ([undefined, 'Normal', 'Warning', 'Urgent'] as const)[Number.parseInt(text ?? '', 16)];
}

/** The file system that a path is on, by mountinfo (proc_pid_mountinfo(5)), which is long on a device with many pods. */
export function fileSystemOf(mountinfo: string, path: string): FileSystem | undefined {
  for (const folder of foldersOf(path)) {
    const line = mountAt(mountinfo, folder);
    if (line === undefined) continue;
    const [mount = '', whole = ''] = line.split(' - ');
    const options = (mount.split(' ')[5] ?? '').split(',');
    const wholeOptions = (whole.split(' ')[2] ?? '').split(',');
    return {
      path: folder,
      mount: options.includes('ro') ? 'ro' : 'rw',
      whole: wholeOptions.includes('emergency_ro') ? 'emergency_ro' : wholeOptions.includes('ro') ? 'ro' : 'rw',
    };
  }
  return undefined;
}

/** The path and all folders above it, the deepest first. */
function foldersOf(path: string): readonly string[] {
  const names = path.startsWith('/') ? path.split('/').filter((name) => name !== '') : [];
  return names.map((_, index) => `/${names.slice(0, names.length - index).join('/')}`).concat('/');
}

const FIELDS_BEFORE = 4;

/** The line of what is mounted at a folder: of several the last, which hides the others. */
function mountAt(mountinfo: string, folder: string): string | undefined {
  const field = ` ${escaped(folder)} `;
  for (let at = mountinfo.lastIndexOf(field); at > 0; at = mountinfo.lastIndexOf(field, at - 1)) {
    const start = mountinfo.lastIndexOf('\n', at) + 1;
    if (blanks(mountinfo, start, at) !== FIELDS_BEFORE - 1) continue;
    const end = mountinfo.indexOf('\n', at);
    return mountinfo.slice(start, end < 0 ? undefined : end);
  }
  return undefined;
}

function blanks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 1) if (text[at] === ' ') count += 1;
  return count;
}

/** Blanks and backslashes of paths are octal numbers in mountinfo. */
const escaped = (path: string): string =>
  path.replace(/[ \t\n\\]/g, (found) => `\\${found.charCodeAt(0).toString(8).padStart(3, '0')}`);

const AT_PAGESZ = 6;

/** The page size that the kernel tells each process: pairs of words, in the processor's order (getauxval(3)). */
export function pageSizeOf(auxv: Uint8Array, wordBytes: 4 | 8): number | undefined {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength);
  const word = (at: number) => (wordBytes === 8 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  for (let at = 0; at + 2 * wordBytes <= auxv.byteLength; at += 2 * wordBytes) {
    if (word(at) === AT_PAGESZ) return word(at + wordBytes);
  }
  return undefined;
}
