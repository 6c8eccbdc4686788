/** The health of the device as Prometheus reads it. Kubernetes has no such series; their names follow Prometheus' rules. */

import type { Add, Family } from '../../../common/metrics/page.ts';
import { healthConditions } from '../../../common/model/node-conditions.ts';
import type { HealthAnswer } from '../health/health-messages.ts';

const gauge = (name: string, help: string, ...labels: readonly string[]): Family => ({
  name: `bramble_node_${name}`,
  help,
  type: 'gauge',
  labels,
});

const families = {
  temperature: gauge('temperature_celsius', 'Temperature of a thermal zone.', 'zone'),
  underVoltage: gauge('undervoltage', '1 while the supply voltage is too low.'),
  firmware: gauge('firmware_throttling', '1 while the firmware of a Raspberry Pi says so.', 'cause'),
  cooling: gauge('processor_cooling_state', 'How far the kernel slows the processor down because of heat; 0: not.'),
  frequency: gauge('processor_frequency_hertz', 'Frequency of the processor.'),
  mostFrequency: gauge('processor_frequency_max_hertz', 'Highest frequency of the processor.'),
  fan: gauge('fan_speed_rpm', 'Turns of a fan a minute.', 'fan'),
  duty: gauge('fan_duty_ratio', 'How fast a fan shall turn.', 'fan'),
  online: gauge('power_supply_online', '1 while a power supply gives power.', 'supply', 'type'),
  charge: gauge('power_supply_charge_ratio', 'Charge of a battery.', 'supply', 'type'),
  supply: gauge('power_supply_max_amperes', 'The most that the power supply said it can give (Raspberry Pi 5).'),
  signal: gauge('wireless_signal_dbm', 'Strength of the signal of a wireless interface.', 'interface'),
  life: gauge('storage_life_used_ratio', 'Upper bound of the life time that is used; more than 1: all.', 'device'),
  reserve: gauge('storage_pre_end_of_life', 'Reserved blocks: 1 normal, 2 warning, 3 urgent.', 'device'),
  readOnly: gauge('filesystem_readonly', '1 while a file system can not be written.', 'mountpoint'),
  errors: gauge('storage_errors', 'Errors that the kernel has counted.', 'device', 'kind'),
  synchronized: gauge('clock_synchronized', '1 when a time server was heard since the boot.'),
  condition: gauge('condition', '1 while a condition of the hardware holds.', 'condition'),
  slowed: gauge('besteffort_slowed', '1 while BestEffort pods are slowed because of heat or low voltage.'),
} as const;

const ends = { Normal: 1, Warning: 2, Urgent: 3 } as const;
const bit = (value: boolean | undefined) => (value === undefined ? undefined : Number(value));

export function healthSeries(add: Add, { reading, ailing, slowed }: HealthAnswer): void {
  for (const { zone, celsius } of reading.temperatures) add(families.temperature, { zone }, celsius);
  const { now } = reading.firmware ?? {};
  add(families.underVoltage, {}, bit(reading.underVoltage ?? now?.underVoltage));
  for (const [cause, holds] of [
    ['under_voltage', now?.underVoltage],
    ['frequency_capped', now?.frequencyCapped],
    ['throttled', now?.throttled],
    ['soft_temperature_limit', now?.softLimit],
  ] as const) {
    add(families.firmware, { cause }, bit(holds));
  }
  add(families.cooling, {}, reading.processorCooling);
  add(families.frequency, {}, reading.cpuHertz?.now);
  add(families.mostFrequency, {}, reading.cpuHertz?.most);
  for (const { name: fan, rpm, dutyPercent } of reading.fans) {
    add(families.fan, { fan }, rpm);
    add(families.duty, { fan }, ratio(dutyPercent));
  }
  for (const { name: supply, type, online, capacityPercent } of reading.powerSupplies) {
    add(families.online, { supply, type }, bit(online));
    add(families.charge, { supply, type }, ratio(capacityPercent));
  }
  const { powerSupplyMilliamps: most } = reading.device;
  add(families.supply, {}, most === undefined ? undefined : most / 1000);
  for (const { name, signalDbm } of reading.wireless) add(families.signal, { interface: name }, signalDbm);
  for (const { name: device, lifeUsedPercent, preEndOfLife } of reading.storage) {
    add(families.life, { device }, ratio(lifeUsedPercent));
    add(families.reserve, { device }, preEndOfLife && ends[preEndOfLife]);
  }
  for (const { path, mount, whole } of Object.values(reading.fileSystems)) {
    add(families.readOnly, { mountpoint: path }, bit(mount === 'ro' || whole !== 'rw'));
  }
  for (const { name: device, kind, count } of reading.errors) add(families.errors, { device, kind }, count);
  add(families.synchronized, {}, bit(reading.clock.timesyncd));
  for (const condition of [...healthConditions, 'Degraded']) {
    add(families.condition, { condition }, bit(ailing.includes(condition)));
  }
  add(families.slowed, {}, bit(slowed));
}

const ratio = (percent: number | undefined) => (percent === undefined ? undefined : percent / 100);
