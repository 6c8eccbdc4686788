/** Whether the device's time can be relied on. Pure. */

import type { Millis } from '../../../common/lib/time.ts';
import type { HealthReading } from './health-reading.ts';
import { bad, type Sign, unknown, well } from './signs.ts';

/** A time service has found its servers by then. */
const PATIENCE: Millis = 5 * 60_000;
/** How far a clock with a battery may be from the device's. */
const APART: Millis = 60_000;
const ADVICE = 'let the device reach a time server (UDP port 123), or give it a clock with a battery';

export function clockSign({ clock: { wall, notBefore, timesyncd, otherService, rtc, uptime } }: HealthReading): Sign {
  if (timesyncd === true) return well('Synchronized', 'a time server was heard since the device was booted');
  if (wall < notBefore) {
    return bad('ClockImplausible', `the device’s clock is wrong, its time has passed long ago: ${ADVICE}`);
  }
  if (rtc !== undefined && rtc >= notBefore && Math.abs(rtc - wall) <= APART) {
    return well('HardwareClock', 'the time is that of a clock with a battery; no time server was heard');
  }
  if (timesyncd === false) {
    return uptime < PATIENCE
      ? unknown('NotSynchronizedYet', 'no time server was heard yet')
      : bad('NotSynchronized', `no time server was heard since the device was booted: ${ADVICE}`);
  }
  return otherService === undefined
    ? unknown('NoTimeService', 'the time is plausible; no time service was found that tells whether it is right')
    : unknown('NotTold', `the time is plausible; ${otherService} does not tell others whether it is right`);
}
