/** The device's sensors in /sys, /proc and /run: read at once, a file each, without a process. */
import type { ClockReading, HealthReading, HealthSensors } from '../../ports/health.ts';
import { findSensors, type Sensors } from './find-sensors.ts';
import { fileSystemOf, lifeUsed, pageSizeOf, preEndOfLife, throttlingOf, wirelessOf } from './sensor-text.ts';
import { type SmallFiles, smallFiles } from './small-files.ts';

type Millis = number;
export type SensorOptions = {
  /** Stands before every path. */
  readonly root: string;
  /** Whether its file system can be written is told. */
  readonly dataDir: string;
  readonly clock: { now(): Millis; wall(): Millis };
};

/** Drivers are loaded late, and cards are put in. */
const LOOK_AGAIN: Millis = 5 * 60_000;
const LOOK_AGAIN_AFTER_LOSS: Millis = 30_000;
/** 2026-01-01: this version is younger. */
const MADE: Millis = 1_767_225_600_000;

export function createSensors({ root, dataDir, clock }: SensorOptions): HealthSensors {
  const files = smallFiles(root);
  const device = deviceOf(files);
  let sensors = findSensors(files);
  let foundAt = clock.now();
  let lost = false;

  return {
    read() {
      const age = clock.now() - foundAt;
      if (age >= LOOK_AGAIN || (lost && age >= LOOK_AGAIN_AFTER_LOSS)) {
        sensors = findSensors(files);
        foundAt = clock.now();
      }
      const reading = { ...readAll(files, sensors, dataDir), clock: clockOf(files, sensors.rtc, clock.wall()), device };
      lost = reading.temperatures.length < sensors.zones.length || reading.fans.length < sensors.fans.length;
      return reading;
    },
  };
}

function readAll(files: SmallFiles, sensors: Sensors, dataDir: string): Omit<HealthReading, 'clock' | 'device'> {
  const throttled = sensors.firmware && files.text(sensors.firmware);
  const firmware = throttled === undefined ? undefined : throttlingOf(throttled);
  const alarm = sensors.voltageAlarm && files.number(sensors.voltageAlarm);
  const cooling = sensors.processorCooling.flatMap((file) => files.number(file) ?? []);
  const mounts = files.text('/proc/self/mountinfo') ?? '';
  const [data, top] = [fileSystemOf(mounts, dataDir), fileSystemOf(mounts, '/')];
  return {
    temperatures: sensors.zones.flatMap(({ file, ...zone }) => {
      const millis = files.number(file);
      return millis === undefined ? [] : [{ ...zone, celsius: millis / 1000 }];
    }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(typeof alarm === 'number' ? { underVoltage: alarm !== 0 } : {}),
    ...(cooling.length === 0 ? {} : { processorCooling: Math.max(...cooling) }),
    ...frequencies(files, sensors.frequency),
    fans: sensors.fans.flatMap(({ name, dir }) => {
      const rpm = files.number(dir, 'fan1_input');
      const duty = files.number(dir, 'pwm1');
      if (rpm === undefined) return [];
      return [{ name, rpm, ...(duty === undefined ? {} : { dutyPercent: Math.round((duty * 100) / 255) }) }];
    }),
    powerSupplies: sensors.powerSupplies.map(({ name, dir, type }) => {
      const [online, status] = [files.number(dir, 'online'), files.text(dir, 'status')];
      const capacity = files.number(dir, 'capacity');
      return {
        ...{ name, type },
        ...(online === undefined ? {} : { online: online !== 0 }),
        ...(status === undefined ? {} : { status }),
        ...(capacity === undefined ? {} : { capacityPercent: capacity }),
      };
    }),
    wireless: wirelessOf(files.text('/proc/net/wireless') ?? ''),
    storage: sensors.storage.map(({ name, dir, type }) => {
      const used = lifeUsed(files.text(dir, 'life_time'));
      const reserve = preEndOfLife(files.text(dir, 'pre_eol_info'));
      return {
        name,
        ...(type === undefined ? {} : { type }),
        ...(used === undefined ? {} : { lifeUsedPercent: used }),
        ...(reserve === undefined ? {} : { preEndOfLife: reserve }),
      };
    }),
    fileSystems: { ...(data === undefined ? {} : { data }), ...(top === undefined ? {} : { root: top }) },
    errors: [
      ...sensors.fileSystems.flatMap((name) => {
        const count = files.number('/sys/fs/ext4', name, 'errors_count');
        return count === undefined ? [] : [{ name, kind: 'filesystem' as const, count }];
      }),
      ...sensors.disks.flatMap((name) => {
        const count = Number.parseInt(files.text('/sys/block', name, 'device/ioerr_cnt') ?? '', 16);
        return Number.isNaN(count) ? [] : [{ name, kind: 'disk' as const, count }];
      }),
    ],
  };
}

function frequencies(files: SmallFiles, dir: string | undefined): Pick<HealthReading, 'cpuHertz'> {
  const [now, most] =
    dir === undefined ? [] : [files.number(dir, 'scaling_cur_freq'), files.number(dir, 'cpuinfo_max_freq')];
  return now === undefined || most === undefined ? {} : { cpuHertz: { now: now * 1000, most: most * 1000 } };
}

/** timesyncd touches one file when it has heard a server, and keeps the time of another up to date for the next boot. */
function clockOf(files: SmallFiles, rtcFile: string | undefined, wall: Millis): ClockReading {
  const there = (path: string) => files.changed(path) !== undefined;
  const rtc = rtcFile === undefined ? undefined : files.number(rtcFile);
  const other = there('/run/chrony') ? 'chrony' : there('/run/ntpd.pid') || there('/run/ntpsec') ? 'ntpd' : undefined;
  return {
    wall,
    notBefore: Math.max(MADE, files.changed('/var/lib/systemd/timesync/clock') ?? 0),
    ...(there('/run/systemd/timesync') ? { timesyncd: there('/run/systemd/timesync/synchronized') } : {}),
    ...(other === undefined ? {} : { otherService: other }),
    ...(rtc === undefined ? {} : { rtc: rtc * 1000 }),
    uptime: Math.round(Number.parseFloat(files.text('/proc/uptime') ?? '0') * 1000),
  };
}

/** A device tree's texts end with NUL; a PC has its name in its firmware. */
function deviceOf(files: SmallFiles): HealthReading['device'] {
  const tree = ['/proc/device-tree', '/sys/firmware/devicetree/base'] as const;
  const plain = (text: string | undefined) => text?.replaceAll('\0', '').trim() || undefined;
  const product = ['sys_vendor', 'product_name'].map((name) => plain(files.text('/sys/class/dmi/id', name)));
  const model =
    tree.map((dir) => plain(files.text(dir, 'model'))).find((one) => one !== undefined) ?? plain(product.join(' '));
  const code = tree.map((dir) => files.bytes(dir, 'system/linux,revision')).find((one) => one?.length === 4);
  const supply = tree.map((dir) => files.bytes(dir, 'chosen/power/max_current')).find((one) => one?.length === 4);
  const said = /^Revision\s*:\s*([0-9a-f]+)$/im.exec(files.text('/proc/cpuinfo') ?? '')?.[1];
  const revision =
    code === undefined
      ? said
      : Buffer.from(code)
          .toString('hex')
          .replace(/^0+(?=.)/, '');
  const auxv = files.bytes('/proc/self/auxv');
  const pageSize = auxv && pageSizeOf(auxv, process.arch === 'arm' || process.arch === 'ia32' ? 4 : 8);
  return {
    ...(model === undefined ? {} : { model }),
    ...(revision === undefined ? {} : { revision }),
    ...(pageSize === undefined || pageSize < 1 ? {} : { pageSizeBytes: pageSize }),
    ...(supply === undefined ? {} : { powerSupplyMilliamps: Buffer.from(supply).readUInt32BE() }),
  };
}
