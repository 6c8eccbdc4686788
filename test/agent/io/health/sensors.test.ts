import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  fileSystemOf,
  lifeUsed,
  pageSizeOf,
  preEndOfLife,
  throttlingOf,
  wirelessOf,
} from '../../../../src/agent/io/health/sensor-text.ts';
import { createSensors } from '../../../../src/agent/io/health/sensors.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import { auxv, cm4, healthTree, pc, pi4, pi5, type Tree, wireless, zero2 } from '../../../support/health-trees.ts';

function sensorsOf(t: ExecutionContext, files: Parameters<typeof healthTree>[0]) {
  const tree: Tree = healthTree(files);
  t.teardown(tree.remove);
  const clock = new FakeClock();
  return { tree, clock, sensors: createSensors({ root: tree.root, dataDir: '/var/lib/bramble/agent', clock }) };
}

test('a Raspberry Pi 4 tells its heat, its voltage, what the firmware says, its card and its board', (t) => {
  const reading = sensorsOf(t, pi4).sensors.read();
  t.deepEqual(reading.temperatures, [{ zone: 'cpu-thermal', processor: true, celsius: 48.199 }]);
  t.is(reading.underVoltage, false);
  t.deepEqual(reading.firmware, throttlingOf('0'));
  t.deepEqual(reading.cpuHertz, { now: 700_000_000, most: 1_800_000_000 });
  t.deepEqual(reading.storage, [{ name: 'mmcblk0', type: 'SD' }]);
  t.deepEqual(reading.wireless, [{ name: 'wlan0', signalDbm: -58 }]);
  t.deepEqual(reading.fileSystems.data, { path: '/', mount: 'rw', whole: 'rw' });
  t.deepEqual(reading.errors, [{ name: 'mmcblk0p2', kind: 'filesystem', count: 0 }]);
  t.like(reading.clock, { timesyncd: true, uptime: 350_735_470 });
  t.is(reading.device.model, 'Raspberry Pi 4 Model B Rev 1.4');
  t.is(reading.device.revision, 'c03114');
});

test('a Raspberry Pi 5 has a fan, a clock with a battery, and trip points that only turn the fan', (t) => {
  const reading = sensorsOf(t, pi5).sensors.read();
  t.deepEqual(reading.temperatures, [{ zone: 'cpu-thermal', processor: true, celsius: 61.7 }]);
  t.deepEqual(reading.fans, [{ name: 'pwmfan', rpm: 3054, dutyPercent: 49 }]);
  t.is(reading.processorCooling, undefined);
  t.is(reading.firmware, undefined);
  t.is(reading.underVoltage, false);
  t.is(reading.clock.rtc, 1_767_301_200_000);
  t.deepEqual(reading.storage, [{ name: 'nvme0n1', type: 'NVMe' }]);
  t.is(reading.device.powerSupplyMilliamps, 3000);
});

test('the wear of an eMMC is told, not that of its boot partitions', (t) => {
  t.deepEqual(sensorsOf(t, cm4).sensors.read().storage, [
    { name: 'mmcblk0', type: 'MMC', lifeUsedPercent: 20, preEndOfLife: 'Normal' },
  ]);
});

test('a Raspberry Pi Zero 2 tells low voltage by its firmware alone, and its revision in cpuinfo', (t) => {
  const { firmware, underVoltage, device } = sensorsOf(t, zero2).sensors.read();
  t.is(underVoltage, undefined);
  t.false(firmware?.now.underVoltage);
  t.true(firmware?.since.underVoltage);
  t.true(firmware?.since.throttled);
  t.is(device.revision, '902120');
});

test('a PC that tells nothing has nothing but its name and its file systems', (t) => {
  const { clock, ...reading } = sensorsOf(t, pc).sensors.read();
  const root = { path: '/', mount: 'rw', whole: 'rw' } as const;
  t.deepEqual(reading, {
    ...{ temperatures: [], fans: [], powerSupplies: [], wireless: [], storage: [], errors: [] },
    ...{ fileSystems: { data: root, root }, device: { model: 'QEMU Standard PC' } },
  });
  t.is(clock.timesyncd, undefined);
});

test('a folder without anything reads as a device that tells nothing', (t) => {
  const reading = sensorsOf(t, {}).sensors.read();
  t.deepEqual(reading.fileSystems, {});
  t.deepEqual(reading.device, {});
  t.is(reading.clock.uptime, 0);
});

test('sensors that say nothing for a while are left out; new ones are found later, lost ones sooner', async (t) => {
  const { tree, clock, sensors } = sensorsOf(t, pi4);
  tree.write({ 'sys/class/thermal/thermal_zone0/temp': 'nonsense\n' });
  t.deepEqual(sensors.read().temperatures, []);
  tree.write({
    'sys/class/thermal/thermal_zone0': undefined,
    'sys/class/thermal/thermal_zone1/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone1/temp': '50000\n',
  });
  t.deepEqual(sensors.read().temperatures, []);
  await clock.advance(30_000);
  t.is(sensors.read().temperatures[0]?.celsius, 50);
  tree.write({ 'sys/block/sda/device/ioerr_cnt': '0x1f\n' });
  t.is(sensors.read().errors.length, 1);
  await clock.advance(300_000);
  t.deepEqual(sensors.read().errors[1], { name: 'sda', kind: 'disk', count: 31 });
});

test('power supplies, cooling of the processor and trip points of another board are read', (t) => {
  const { sensors } = sensorsOf(t, {
    'sys/class/thermal/thermal_zone0/type': 'gpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '30000\n',
    'sys/class/thermal/thermal_zone1/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone1/temp': '45000\n',
    'sys/class/thermal/thermal_zone1/trip_point_0_type': 'passive\n',
    'sys/class/thermal/thermal_zone1/trip_point_0_temp': '85000\n',
    'sys/class/thermal/thermal_zone1/trip_point_1_type': 'critical\n',
    'sys/class/thermal/thermal_zone1/trip_point_1_temp': '95000\n',
    'sys/class/thermal/cooling_device0/type': 'cpufreq-cpu0\n',
    'sys/class/thermal/cooling_device0/cur_state': '3\n',
    'sys/class/power_supply/BAT0/type': 'Battery\n',
    'sys/class/power_supply/BAT0/status': 'Discharging\n',
    'sys/class/power_supply/BAT0/capacity': '81\n',
    'sys/class/power_supply/AC/type': 'Mains\n',
    'sys/class/power_supply/AC/online': '0\n',
  });
  const { temperatures, processorCooling, powerSupplies } = sensors.read();
  t.deepEqual(temperatures, [
    { zone: 'gpu-thermal', processor: false, celsius: 30 },
    { zone: 'cpu-thermal', processor: true, celsius: 45, slowedFrom: 85 },
  ]);
  t.is(processorCooling, 3);
  t.deepEqual(powerSupplies, [
    { name: 'AC', type: 'Mains', online: false },
    { name: 'BAT0', type: 'Battery', status: 'Discharging', capacityPercent: 81 },
  ]);
});

test('the time can not be before the one that was last known to be right', (t) => {
  const { tree, sensors } = sensorsOf(t, { ...pi4, 'var/lib/systemd/timesync/clock': '' });
  const file = join(tree.root, 'var/lib/systemd/timesync/clock');
  utimesSync(file, 1_800_000_000, 1_800_000_000);
  t.is(sensors.read().clock.notBefore, statSync(file).mtimeMs);
});

test('on this machine nothing throws, and the page size is the kernel’s', (t) => {
  const reading = createSensors({ root: '/', dataDir: '/var/lib', clock: new FakeClock() }).read();
  t.true([4096, 16_384, 65_536].includes(reading.device.pageSizeBytes ?? 0));
  t.not(reading.fileSystems.root, undefined);
});

test('the firmware’s number is hexadecimal, with and without 0x', (t) => {
  const bits = throttlingOf('0x50005');
  t.deepEqual(bits, throttlingOf('50005'));
  t.deepEqual(bits?.now, { underVoltage: true, frequencyCapped: false, throttled: true, softLimit: false });
  t.deepEqual(bits?.since, bits?.now);
  t.true(throttlingOf('80008')?.now.softLimit);
  t.is(throttlingOf('not a number'), undefined);
});

test('life times and reserves are those of the standard; what is not defined is not told', (t) => {
  t.is(lifeUsed('0x01 0x0b'), 110);
  t.is(lifeUsed('0x00 0x00'), undefined);
  t.is(lifeUsed(undefined), undefined);
  t.is(lifeUsed('0xff 0x03'), 30);
  t.deepEqual(['0x00', '0x01', '0x02', '0x03', '0x09', undefined].map(preEndOfLife), [
    ...[undefined, 'Normal', 'Warning', 'Urgent', undefined, undefined],
  ]);
});

test('the file system of a path is the one mounted last on the longest way to it', (t) => {
  const table = (line: string) => `28 1 179:2 / / rw - ext4 /dev/a rw\n${line}\n`;
  const of = (line: string, path = '/data/x') => fileSystemOf(table(line), path);
  t.deepEqual(of('30 28 8:1 / /data ro,relatime - ext4 /dev/b rw'), { path: '/data', mount: 'ro', whole: 'rw' });
  t.is(of('30 28 8:1 / /data rw - ext4 /dev/b rw,emergency_ro')?.whole, 'emergency_ro');
  t.is(of('30 28 8:1 / /data rw - ext4 /dev/b ro,errors=remount-ro')?.whole, 'ro');
  t.is(of('30 28 8:1 / /database ro - ext4 /dev/b ro')?.path, '/');
  t.is(of('30 28 8:1 / /with\\040blank ro - ext4 /dev/b ro', '/with blank/x')?.mount, 'ro');
  t.is(fileSystemOf('', '/'), undefined);
});

test('signals and page sizes are read from what the kernel writes', (t) => {
  t.deepEqual(wirelessOf(wireless), [{ name: 'wlan0', signalDbm: -58 }]);
  t.deepEqual(wirelessOf('wlan0: 0000 70. 198. 0.'), []);
  t.is(pageSizeOf(auxv(16_384), 8), 16_384);
  t.is(pageSizeOf(new Uint8Array(3), 8), undefined);
});
