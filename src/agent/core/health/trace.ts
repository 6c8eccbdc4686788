/** What must be remembered of earlier looks at the sensors to understand this one. Pure. */

import type { Millis } from '../../../common/lib/time.ts';
import type { HealthReading, ThrottlingBits } from './health-reading.ts';

export type Trace = {
  /** The firmware's noticed bits that were set since the look before: those that stay set say nothing new. */
  readonly noticed: ThrottlingBits;
  readonly since: ThrottlingBits | undefined;
  /** How many more errors each disk has counted than at the beginning of this hour. */
  readonly diskErrors: ReadonlyMap<string, { readonly from: number; readonly at: Millis; readonly more: number }>;
  /** How long each fan that shall turn stands still. */
  readonly still: ReadonlyMap<string, { readonly from: Millis; readonly for: Millis }>;
  /** Whether the root could be written as a whole in this agent's life. */
  readonly rootWasWritable: boolean;
};

const none: ThrottlingBits = { underVoltage: false, frequencyCapped: false, throttled: false, softLimit: false };
export const noTrace: Trace = {
  ...{ noticed: none, since: undefined, rootWasWritable: false },
  ...{ diskErrors: new Map(), still: new Map() },
};

const HOUR: Millis = 60 * 60_000;
/** A fan that shall turn slower than this may stand. */
const LEAST_DUTY = 30;

export function follow(before: Trace, reading: HealthReading, now: Millis): Trace {
  const since = reading.firmware?.since;
  const noticed = (bit: keyof ThrottlingBits) =>
    before.since !== undefined && since?.[bit] === true && !before.since[bit];
  return {
    noticed: {
      underVoltage: noticed('underVoltage'),
      frequencyCapped: noticed('frequencyCapped'),
      throttled: noticed('throttled'),
      softLimit: noticed('softLimit'),
    },
    since: since ?? before.since,
    diskErrors: new Map(
      reading.errors.flatMap(({ name, kind, count }) => {
        if (kind !== 'disk') return [];
        const known = before.diskErrors.get(name);
        const kept =
          known !== undefined && now - known.at < HOUR && count >= known.from ? known : { from: count, at: now };
        return [[name, { ...kept, more: count - kept.from }]];
      }),
    ),
    still: new Map(
      reading.fans.flatMap(({ name, rpm, dutyPercent = 0 }) => {
        if (rpm > 0 || dutyPercent < LEAST_DUTY) return [];
        const from = before.still.get(name)?.from ?? now;
        return [[name, { from, for: now - from }]];
      }),
    ),
    rootWasWritable: before.rootWasWritable || reading.fileSystems.root?.whole === 'rw',
  };
}
