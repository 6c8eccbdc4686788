import test from 'ava';
import fc from 'fast-check';
import { assess, firstMemory, type HealthMemory } from '../../../../src/agent/core/health/assess.ts';
import type { HealthReading, ThrottlingBits } from '../../../../src/agent/core/health/health-reading.ts';
import { aReading } from '../../../support/fake-sensors.ts';

const QUIET = 300_000;
const STEP = 5_000;
const rules = { quiet: QUIET };
const off: ThrottlingBits = { underVoltage: false, frequencyCapped: false, throttled: false, softLimit: false };
const START = 1_767_225_600_000;

/** A device whose sensors are looked at every five seconds. */
function device(memory: HealthMemory = firstMemory([], 0)) {
  let now = 0;
  let kept = memory;
  return {
    look(reading: Partial<HealthReading>, more = {}) {
      const found = assess(kept, aReading(reading), { ...rules, ...more }, now);
      kept = found.memory;
      now += STEP;
      const condition = (type: string) => found.memory.findings.get(type);
      return { ...found, condition, status: (type: string) => condition(type)?.status };
    },
    memory: () => kept,
  };
}

const at = (celsius: number, more: object = {}) => [{ zone: 'cpu-thermal', processor: true, celsius, ...more }];
const firmware = (now: Partial<ThrottlingBits>, since: Partial<ThrottlingBits> = {}) => ({
  now: { ...off, ...now },
  since: { ...off, ...since },
});
const pi = { model: 'Raspberry Pi 4 Model B Rev 1.4' };

test('a device that tells nothing has no condition, but that nobody knows of its clock', (t) => {
  const { memory, events, slow } = device().look({});
  t.deepEqual([...memory.findings.keys()], ['ClockUnsynced']);
  t.is(memory.findings.get('ClockUnsynced')?.status, 'Unknown');
  t.deepEqual(events, []);
  t.false(slow);
});

test('each fault is told at the first look that shows it, with words that say what to do', (t) => {
  const rows: readonly [HealthReadingPart, string, string, RegExp][] = [
    [{ temperatures: at(80), device: pi }, 'ThermalThrottling', 'ProcessorTooHot', /80 °C.*heat sink/],
    [{ temperatures: at(86, { slowedFrom: 85 }) }, 'ThermalThrottling', 'ProcessorTooHot', /limit is 85 °C/],
    [{ firmware: firmware({ softLimit: true }) }, 'ThermalThrottling', 'FirmwareThrottles', /fan/],
    [{ firmware: firmware({ throttled: true }) }, 'ThermalThrottling', 'FirmwareThrottles', /fan/],
    [{ processorCooling: 2 }, 'ThermalThrottling', 'KernelThrottles', /fan/],
    [{ underVoltage: true }, 'UnderVoltage', 'UnderVoltageDetected', /official power supply/],
    [{ firmware: firmware({ underVoltage: true }) }, 'UnderVoltage', 'UnderVoltageDetected', /power supply/],
    [{ storage: [{ name: 'mmcblk0', lifeUsedPercent: 100 }] }, 'StorageWear', 'StorageNearEndOfLife', /mmcblk0/],
    [{ storage: [{ name: 'mmcblk0', lifeUsedPercent: 110 }] }, 'StorageWear', 'StorageWornOut', /replace it now/],
    [{ storage: [{ name: 'a', preEndOfLife: 'Warning' }] }, 'StorageWear', 'StorageNearEndOfLife', /plan to replace/],
    [{ storage: [{ name: 'a', preEndOfLife: 'Urgent' }] }, 'StorageWear', 'StorageWornOut', /now/],
    [{ clock: { wall: 0, notBefore: START, uptime: 1 } }, 'ClockUnsynced', 'ClockImplausible', /time server/],
    [
      { clock: { wall: START, notBefore: START, uptime: 300_000, timesyncd: false } },
      ...(['ClockUnsynced', 'NotSynchronized', /UDP port 123/] as const),
    ],
    [
      { fileSystems: { data: { path: '/var', mount: 'ro', whole: 'rw' } } },
      ...(['ReadOnlyFilesystem', 'DataReadOnly', /\/var.*fsck/] as const),
    ],
    [
      { fileSystems: { root: { path: '/', mount: 'rw', whole: 'ro' } } },
      ...(['ReadOnlyFilesystem', 'RootReadOnly', /fsck/] as const),
    ],
    [
      { fileSystems: { root: { path: '/', mount: 'ro', whole: 'emergency_ro' } } },
      ...(['ReadOnlyFilesystem', 'RootReadOnly', /fsck/] as const),
    ],
    [
      { errors: [{ name: 'mmcblk0p2', kind: 'filesystem', count: 3 }] },
      ...(['Degraded', 'FileSystemErrors', /mmcblk0p2.*fsck/] as const),
    ],
  ];
  for (const [reading, type, reason, words] of rows) {
    const { condition, events } = device().look(reading);
    t.like(condition(type), { status: 'True', reason });
    t.regex(condition(type)?.message ?? '', words);
    t.is(events.find((one) => one.reason === reason)?.kind, 'Warning', reason);
  }
});
type HealthReadingPart = Partial<HealthReading>;

test('what is well is told as False, and what is not wrong is no alarm', (t) => {
  const rows: readonly [HealthReadingPart, string, 'True' | 'False' | 'Unknown' | undefined][] = [
    [{ temperatures: at(79), device: pi }, 'ThermalThrottling', 'False'],
    // A laptop at 90 °C whose kernel does not mind.
    [{ temperatures: at(90) }, 'ThermalThrottling', undefined],
    [{ temperatures: [{ zone: 'wifi', processor: false, celsius: 99 }], device: pi }, 'ThermalThrottling', undefined],
    // What low voltage slows is not heat.
    [{ firmware: firmware({ underVoltage: true, throttled: true }) }, 'ThermalThrottling', 'False'],
    [{ firmware: firmware({ throttled: true }), underVoltage: true }, 'ThermalThrottling', 'False'],
    [{ underVoltage: false }, 'UnderVoltage', 'False'],
    // Noticed some time since the boot, perhaps weeks ago.
    [{ firmware: firmware({}, { underVoltage: true, throttled: true }) }, 'UnderVoltage', 'False'],
    [{ storage: [{ name: 'mmcblk0', type: 'SD' }] }, 'StorageWear', undefined],
    [{ storage: [{ name: 'a', lifeUsedPercent: 90, preEndOfLife: 'Normal' }] }, 'StorageWear', 'False'],
    [{ clock: { wall: START, notBefore: START, uptime: 1, timesyncd: true } }, 'ClockUnsynced', 'False'],
    [{ clock: { wall: START, notBefore: START, uptime: 9e6, timesyncd: false, rtc: START } }, 'ClockUnsynced', 'False'],
    [{ clock: { wall: START, notBefore: START, uptime: 299_000, timesyncd: false } }, 'ClockUnsynced', 'Unknown'],
    [{ clock: { wall: START, notBefore: START, uptime: 9e6, otherService: 'chrony' } }, 'ClockUnsynced', 'Unknown'],
    // Meant to be read-only.
    [{ fileSystems: { root: { path: '/', mount: 'ro', whole: 'ro' } } }, 'ReadOnlyFilesystem', 'False'],
    [{ fileSystems: { root: { path: '/', mount: 'ro', whole: 'rw' } } }, 'ReadOnlyFilesystem', 'False'],
    [{ errors: [{ name: 'sda', kind: 'disk', count: 40 }] }, 'Degraded', 'False'],
    [{ fans: [{ name: 'pwmfan', rpm: 0, dutyPercent: 0 }] }, 'Degraded', 'False'],
  ];
  for (const [reading, type, status] of rows)
    t.is(device().look(reading).status(type), status, JSON.stringify(reading));
});

test('an own limit takes the place of the board’s', (t) => {
  t.is(
    device()
      .look({ temperatures: at(65), device: pi }, { temperatureLimit: 65 })
      .status('ThermalThrottling'),
    'True',
  );
});

test('heat is over five quiet minutes after it was last there, and well below the limit', (t) => {
  const one = device();
  t.true(one.look({ temperatures: at(81), device: pi }).slow);
  for (let after = 0; after < QUIET; after += STEP) t.true(one.look({ temperatures: at(76), device: pi }).slow);
  for (let after = STEP; after < QUIET; after += STEP) {
    t.is(one.look({ temperatures: at(74), device: pi }).status('ThermalThrottling'), 'True');
  }
  const over = one.look({ temperatures: at(74), device: pi });
  t.is(over.status('ThermalThrottling'), 'False');
  t.false(over.slow);
  t.deepEqual(
    over.events.map(({ kind, reason }) => [kind, reason]),
    [['Normal', 'TemperatureFine']],
  );
});

test('what the firmware noticed between two looks counts once, however long it stays noticed', (t) => {
  const one = device();
  t.is(one.look({ firmware: firmware({}) }).status('UnderVoltage'), 'False');
  t.is(one.look({ firmware: firmware({}, { underVoltage: true, throttled: true }) }).status('UnderVoltage'), 'True');
  let last = one.look({ firmware: firmware({}, { underVoltage: true }) });
  for (let after = 0; after < QUIET; after += STEP) last = one.look({ firmware: firmware({}, { underVoltage: true }) });
  t.is(last.status('UnderVoltage'), 'False');
  t.is(last.status('ThermalThrottling'), 'False', 'throttled by low voltage, not by heat');
});

test('a root that was written and can not be any more is a fault, however it is mounted', (t) => {
  const one = device();
  one.look({ fileSystems: { root: { path: '/', mount: 'ro', whole: 'rw' } } });
  const { status } = one.look({ fileSystems: { root: { path: '/', mount: 'ro', whole: 'ro' } } });
  t.is(status('ReadOnlyFilesystem'), 'True');
});

test('a fan that stands still for half a minute, and a disk with ten new errors, degrade the device', (t) => {
  const one = device();
  const fans = [{ name: 'pwmfan', rpm: 0, dutyPercent: 50 }];
  for (let after = 0; after < 30_000; after += STEP) t.is(one.look({ fans }).status('Degraded'), 'False');
  t.like(one.look({ fans }).condition('Degraded'), { status: 'True', reason: 'FanStopped' });
  const two = device();
  const disk = (count: number) => ({ errors: [{ name: 'sda', kind: 'disk' as const, count }] });
  t.is(two.look(disk(100)).status('Degraded'), 'False');
  t.is(two.look(disk(109)).status('Degraded'), 'False');
  t.like(two.look(disk(110)).condition('Degraded'), { status: 'True', reason: 'DiskErrors' });
});

test('what degrades the device for two reasons says both', (t) => {
  const one = device();
  const errors = [{ name: 'mmcblk0p2', kind: 'filesystem' as const, count: 1 }];
  const fans = [{ name: 'pwmfan', rpm: 0, dutyPercent: 50 }];
  let last = one.look({ errors, fans });
  for (let after = 0; after < 30_000; after += STEP) last = one.look({ errors, fans });
  t.regex(last.condition('Degraded')?.message ?? '', /fsck.*; the fan/);
});

test('a sensor that is gone makes its condition Unknown, not well', (t) => {
  const one = device();
  t.is(one.look({ underVoltage: false }).status('UnderVoltage'), 'False');
  t.is(one.look({}).status('UnderVoltage'), 'Unknown');
});

test('an agent that starts anew holds what was wrong, tells it no second time, and lets go after the quiet period', (t) => {
  const first = device();
  first.look({ underVoltage: true });
  const kept = [...first.memory().held].map(([name, { reason, message }]) => ({ name, reason, message }));
  const second = device(firstMemory([...kept, { name: 'Unheard', reason: 'x', message: 'y' }], 0));
  const begun = second.look({ underVoltage: false });
  t.true(begun.slow);
  t.is(begun.status('UnderVoltage'), 'True');
  t.deepEqual(begun.events, []);
  let last = begun;
  for (let after = 0; after < QUIET; after += STEP) last = second.look({ underVoltage: false });
  t.is(last.status('UnderVoltage'), 'False');
  t.false(last.slow);
});

const readings: fc.Arbitrary<HealthReadingPart> = fc.record({
  temperatures: fc.constantFrom(at(60), at(74), at(76), at(79.9), at(80), at(95), []),
  device: fc.constantFrom(pi, {}),
  underVoltage: fc.boolean(),
  firmware: fc.constantFrom(
    ...[firmware({}), firmware({ throttled: true }), firmware({ underVoltage: true })],
    ...[firmware({}, { underVoltage: true }), firmware({ softLimit: true }, { softLimit: true })],
  ),
  fileSystems: fc.constantFrom(
    {},
    { root: { path: '/', mount: 'rw', whole: 'rw' } as const },
    { data: { path: '/', mount: 'rw', whole: 'emergency_ro' } as const },
  ),
  fans: fc.constantFrom([], [{ name: 'f', rpm: 0, dutyPercent: 99 }], [{ name: 'f', rpm: 900, dutyPercent: 99 }]),
});

test('property: heat and low voltage neither come again within the quiet period nor go before it is over', (t) => {
  fc.assert(
    fc.property(fc.array(readings, { maxLength: 200 }), (all) => {
      const one = device();
      const since = new Map<string, number>();
      for (const [step, reading] of all.entries()) {
        const { changed, slow, status } = one.look(reading);
        for (const { type, status: now } of changed) {
          if (type !== 'ThermalThrottling' && type !== 'UnderVoltage') continue;
          if (now === 'True') since.set(type, step);
          else if (since.has(type)) t.true((step - (since.get(type) ?? 0)) * STEP >= QUIET);
        }
        t.is(slow, status('ThermalThrottling') === 'True' || status('UnderVoltage') === 'True');
      }
    }),
  );
});

test('property: what is not wrong any more is told as such at last, and nothing is told twice', (t) => {
  fc.assert(
    fc.property(fc.array(readings, { maxLength: 60 }), (all) => {
      const one = device();
      for (const reading of all) one.look(reading);
      const well = { temperatures: at(40), device: pi, underVoltage: false, firmware: firmware({}) };
      for (let after = 0; after <= QUIET; after += STEP) one.look(well);
      const { changed, events, slow, memory } = one.look(well);
      t.deepEqual([changed, events, slow, memory.held.size], [[], [], false, 0]);
    }),
  );
});
