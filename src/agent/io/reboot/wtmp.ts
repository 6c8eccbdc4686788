/** The records of wtmp (utmp(5)): whether there was a shutdown before this boot. */

/** Bytes of a record with times of 32 bits (x86, 32-bit ARM) and of 64 bits (64-bit ARM). */
const SIZES = [384, 400] as const;
const USER = 44;
const [RUN_LEVEL, BOOT] = [1, 2] as const;

/** `end` is the end of a file of `size` bytes. Undefined when it tells of no boot, or its form is unknown. */
export function endedByShutdown(end: Buffer, size: number): boolean | undefined {
  const length = SIZES.find((one) => size % one === 0 && hasBoot(end, one));
  if (length === undefined) return undefined;
  const records = recordsOf(end, length);
  const thisBoot = records.findLastIndex(({ type }) => type === BOOT);
  const before = records.slice(0, thisBoot);
  const lastBoot = before.findLastIndex(({ type }) => type === BOOT);
  return before.slice(lastBoot + 1).some(({ type, user }) => type === RUN_LEVEL && user === 'shutdown');
}

const hasBoot = (end: Buffer, length: number): boolean =>
  recordsOf(end, length).some(({ type, user }) => type === BOOT && user === 'reboot');

function recordsOf(end: Buffer, length: number) {
  const first = end.length % length;
  return Array.from({ length: Math.floor(end.length / length) }, (_, index) => {
    const record = end.subarray(first + index * length, first + (index + 1) * length);
    const user = record.subarray(USER, USER + 32).toString('latin1');
    return { type: record.readInt16LE(0), user: user.slice(0, Math.max(0, user.indexOf('\0'))) };
  });
}
