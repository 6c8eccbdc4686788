/** How a storm of logs is told: in the log itself, and as Events. */

import { formatBytes } from '../../../common/lib/bytes.ts';
import { type Millis, toTimestamp } from '../../../common/lib/time.ts';
import type { LogRate } from './log-budget.ts';

/** A line of the log, in CRI's format, where something was dropped. `wall` is the wall clock. */
export function droppedLine(dropped: number, rate: LogRate, wall: Millis): string {
  const time = toTimestamp(wall).replace('Z', '.000000000Z');
  return `${time} stderr F … ${dropped} bytes dropped: over the limit of ${limitWords(rate)} (containerLogMaxRate)\n`;
}

export const stormWords = (container: string, rate: LogRate): string =>
  `container ${container} logs more than ${limitWords(rate)}: what is over it is dropped`;

export const calmWords = (container: string, dropped: number, lasted: Millis): string =>
  `the storm of logs of container ${container} is over: ${formatBytes(dropped)} were dropped in ${Math.ceil(lasted / 1000)} s`;

const limitWords = ({ bytesPerSecond }: LogRate): string => `${formatBytes(bytesPerSecond)} a second`;
