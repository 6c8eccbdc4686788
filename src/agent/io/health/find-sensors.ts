/** Which sensors the device has, and where: looked for seldom, because that reads many files. */
import type { HealthReading, Temperature } from '../../ports/health.ts';
import type { SmallFiles } from './small-files.ts';

type Storage = HealthReading['storage'][number];

/** Folders and files, below the root. */
export type Sensors = {
  readonly zones: readonly (Omit<Temperature, 'celsius'> & { readonly file: string })[];
  readonly firmware: string | undefined;
  readonly voltageAlarm: string | undefined;
  readonly processorCooling: readonly string[];
  readonly frequency: string | undefined;
  readonly fans: readonly { readonly name: string; readonly dir: string }[];
  readonly powerSupplies: readonly { readonly name: string; readonly dir: string; readonly type: string }[];
  readonly storage: readonly { readonly name: string; readonly dir: string; readonly type: Storage['type'] }[];
  readonly fileSystems: readonly string[];
  readonly disks: readonly string[];
  readonly rtc: string | undefined;
};

const THERMAL = '/sys/class/thermal';
const HWMON = '/sys/class/hwmon';
const BLOCK = '/sys/block';
const SUPPLIES = '/sys/class/power_supply';
const EXT4 = '/sys/fs/ext4';

export function findSensors(files: SmallFiles): Sensors {
  const monitors = files
    .names(HWMON)
    .map((name) => ({ dir: `${HWMON}/${name}`, chip: files.text(HWMON, name, 'name') }));
  const alarm = monitors.find(({ chip }) => chip === 'rpi_volt');
  const frequency = '/sys/devices/system/cpu/cpufreq/policy0';
  const rtc = '/sys/class/rtc/rtc0/since_epoch';
  return {
    zones: zonesOf(files),
    firmware: firmwareFile(files),
    voltageAlarm: alarm && `${alarm.dir}/in0_lcrit_alarm`,
    processorCooling: files
      .names(THERMAL)
      .filter((name) => name.startsWith('cooling_device'))
      // `cpufreq-cpu0`, formerly `thermal-cpufreq-0`; a fan is one too, and may turn.
      .filter((name) => /cpufreq/.test(files.text(THERMAL, name, 'type') ?? ''))
      .map((name) => `${THERMAL}/${name}/cur_state`),
    frequency: files.number(frequency, 'cpuinfo_max_freq') === undefined ? undefined : frequency,
    fans: monitors.flatMap(({ dir, chip = '' }) =>
      /^(pwm-?fan|cooling_fan)$/.test(chip) && files.number(dir, 'fan1_input') !== undefined
        ? [{ name: chip, dir }]
        : [],
    ),
    powerSupplies: files.names(SUPPLIES).flatMap((name) => {
      const type = files.text(SUPPLIES, name, 'type');
      return type === undefined ? [] : [{ name, dir: `${SUPPLIES}/${name}`, type }];
    }),
    storage: storageOf(files),
    fileSystems: files.names(EXT4).filter((name) => files.number(EXT4, name, 'errors_count') !== undefined),
    disks: files.names(BLOCK).filter((name) => files.text(BLOCK, name, 'device/ioerr_cnt') !== undefined),
    rtc: files.number(rtc) === undefined ? undefined : rtc,
  };
}

function zonesOf(files: SmallFiles): Sensors['zones'] {
  const zones = files
    .names(THERMAL)
    .filter((name) => name.startsWith('thermal_zone'))
    .map((name) => {
      const dir = `${THERMAL}/${name}`;
      const type = files.text(dir, 'type') ?? name;
      const from = slowedFrom(files, dir);
      const processor = /cpu|soc|x86_pkg|^bcm\d+_thermal$/.test(type);
      return { zone: type, processor, file: `${dir}/temp`, ...(from === undefined ? {} : { slowedFrom: from }) };
    });
  // A board that names none of them so has its processor in the first.
  return zones.map((zone, at) =>
    at === 0 && !zones.some(({ processor }) => processor) ? { ...zone, processor: true } : zone,
  );
}

/** The lowest trip point at which the kernel slows down or warns; `active` ones only turn fans. */
function slowedFrom(files: SmallFiles, dir: string): number | undefined {
  const limits: number[] = [];
  for (let at = 0; at < 16; at += 1) {
    const type = files.text(dir, `trip_point_${at}_type`);
    if (type === undefined) break;
    const millis = files.number(dir, `trip_point_${at}_temp`) ?? 0;
    if ((type === 'passive' || type === 'hot') && millis > 0) limits.push(millis / 1000);
  }
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** `soc/soc:firmware`, on a Raspberry Pi 5 `soc@107c000000/soc@107c000000:firmware`. */
function firmwareFile(files: SmallFiles): string | undefined {
  const platform = '/sys/devices/platform';
  for (const soc of files.names(platform).filter((name) => /^(soc|axi)(@|$)/.test(name))) {
    const found = files.names(`${platform}/${soc}`).find((name) => name.endsWith(':firmware'));
    const file = `${platform}/${soc}/${found}/get_throttled`;
    if (found !== undefined && files.text(file) !== undefined) return file;
  }
  return undefined;
}

function storageOf(files: SmallFiles): Sensors['storage'] {
  return files.names(BLOCK).flatMap((name) => {
    const dir = `${BLOCK}/${name}/device`;
    // An eMMC's boot partitions are devices beside it.
    if (/^mmcblk\d+$/.test(name)) return [{ name, dir, type: files.text(dir, 'type') }];
    return /^nvme\d+n\d+$/.test(name) ? [{ name, dir, type: 'NVMe' }] : [];
  });
}
