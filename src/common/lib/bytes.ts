/** Sizes as people read them. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes with three digits at most: 512 B, 1.95 MiB, 43.1 GiB. */
export function formatBytes(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[unit]}`;
}
