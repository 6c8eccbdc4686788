/** Which nats-server Bramble can stand on. */

/** 2.10: `sync_interval` and watches of several subjects. An older server takes some of it silently and loses writes. */
export const oldestNats = '2.10.0';

/** The version in `nats-server: v2.10.27`, or undefined when the text has none. */
export function natsVersionIn(text: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Whether a version such as `2.10.27` or `2.11.0-RC.1` is new enough. */
export function isNewEnough(version: string): boolean {
  const parts = (text: string): number[] => text.split(/[.-]/).slice(0, 3).map(Number);
  const have = parts(version);
  for (const [index, want] of parts(oldestNats).entries()) {
    const difference = (have[index] ?? 0) - want;
    if (Number.isNaN(difference)) return false;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
