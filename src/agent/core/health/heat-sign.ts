/** Whether the processor is too hot, or is slowed down because of heat. Pure. */

import type { HealthReading, Temperature } from './health-reading.ts';
import type { HealthRules } from './health-rules.ts';
import { bad, type Sign, well } from './signs.ts';
import type { Trace } from './trace.ts';

/** From here on the firmware of a Raspberry Pi slows its processor down (Raspberry Pi documentation, «Frequency management»). */
const PI_LIMIT = 80;
/** At the limit a temperature swings: it is over only this much below. */
const RELIEF = 5;
const ADVICE = 'give it a heat sink or a fan and air, or less to do';

/** Undefined where nothing tells from when on the processor is too hot. */
export function heatSign(
  reading: HealthReading,
  { noticed }: Trace,
  rules: Pick<HealthRules, 'temperatureLimit'>,
  held: boolean,
): Sign | undefined {
  const { firmware, processorCooling, device } = reading;
  const isPi = device.model?.includes('Raspberry Pi') ?? false;
  const limitOf = (one: Temperature) => rules.temperatureLimit ?? (isPi ? PI_LIMIT : one.slowedFrom);
  const limited = reading.temperatures.flatMap((one) => {
    const limit = one.processor ? limitOf(one) : undefined;
    return limit === undefined ? [] : [{ celsius: one.celsius, limit }];
  });
  if (limited.length === 0 && firmware === undefined && processorCooling === undefined) return undefined;
  const hot = limited.find(({ celsius, limit }) => celsius >= limit - (held ? RELIEF : 0));
  if (hot !== undefined) {
    return bad(
      'ProcessorTooHot',
      `the processor is at ${Math.round(hot.celsius)} °C, its limit is ${hot.limit} °C: ${ADVICE}`,
    );
  }
  // What low voltage slows is not slowed by heat.
  const now = firmware?.now.underVoltage === true || reading.underVoltage === true ? undefined : firmware?.now;
  const slowed =
    now?.throttled || now?.frequencyCapped || (!noticed.underVoltage && (noticed.throttled || noticed.frequencyCapped));
  if (firmware?.now.softLimit || noticed.softLimit || slowed) {
    return bad('FirmwareThrottles', `the firmware slows the processor down because of heat: ${ADVICE}`);
  }
  return (processorCooling ?? 0) > 0
    ? bad('KernelThrottles', `the kernel slows the processor down because of heat: ${ADVICE}`)
    : well('TemperatureFine', 'the processor is not slowed down by heat');
}
