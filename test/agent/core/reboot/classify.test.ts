import test from 'ava';
import fc from 'fast-check';
import {
  type BootTraces,
  type Cause,
  classify,
  type LastBoot,
  signsOf,
} from '../../../../src/agent/core/reboot/classify.ts';

const cut: LastBoot = { boot: 'one', orderly: false, stopped: false, signs: [], dumps: [], powerEvents: 0 };
const nothing: BootTraces = {
  ...{ bootId: 'two', dumps: [], names: [], shutdownRecorded: undefined, watchdogStatus: 0, resetStatus: undefined },
  powerEvents: 0,
};
const dump = (text: string, name = 'dmesg-1') => ({ dumps: [{ name, text }] });
const panic = '<0>[ 12.3] Kernel panic - not syncing: Fatal exception in interrupt\n<4>more';

const table: readonly [string, Partial<LastBoot>, Partial<BootTraces>, Cause['reason'], RegExp][] = [
  ['nothing at all was left', {}, {}, 'PowerLoss', /most likely the power was cut/],
  ['the voltage was too low last', { signs: ['voltage'] }, {}, 'PowerLoss', /before it its voltage was too low/],
  ['the board says it had no power', {}, { resetStatus: 0x1000 }, 'PowerLoss', /without power/],
  ['it had no power, and was hot before', { signs: ['heat'] }, { resetStatus: 0x1000 }, 'PowerLoss', /it was too hot/],
  ['the board had power', {}, { resetStatus: 0x20 }, 'Watchdog', /reset while it had power/],
  ['the watchdog says so', {}, { watchdogStatus: 0x20 }, 'Watchdog', /hung/],
  ['the watchdog says it was hot', {}, { watchdogStatus: 0x01 }, 'Overheated', /too hot/],
  ['the power controller says so', {}, { powerEvents: 0x02, resetStatus: 0x1000 }, 'PowerLoss', /voltage was too low/],
  ['the power controller says it was hot', {}, { powerEvents: 0x06, resetStatus: 0x1000 }, 'Overheated', /too hot/],
  ['the power controller was its watchdog', {}, { powerEvents: 0x10, resetStatus: 0x1000 }, 'Watchdog', /controller/],
  ['the power controller said it long ago', { powerEvents: 0x04 }, { powerEvents: 0x04 }, 'PowerLoss', /was cut/],
  ['it was told to, and the power controller knows it', { orderly: true }, { powerEvents: 0x02 }, 'Requested', /order/],
  ['it was hot last', { signs: ['heat'] }, {}, 'Overheated', /last heard of/],
  ['it was hot last and had power', { signs: ['heat'] }, { resetStatus: 0 }, 'Overheated', /last heard of/],
  ['its memory was used up', { signs: ['memory'] }, {}, 'OutOfMemory', /nearly used up/],
  ['the kernel panicked', {}, dump(panic), 'KernelPanic', /^Kernel panic - not syncing: Fatal exception in interrupt$/],
  [
    'the kernel panicked after an oops',
    { signs: ['heat'] },
    { ...dump('[1] Oops: 0000 [#1]'), resetStatus: 0x20 },
    'KernelPanic',
    /Oops/,
  ],
  [
    'it panicked for want of memory',
    {},
    dump('Kernel panic - not syncing: System is deadlocked on memory'),
    'OutOfMemory',
    /deadlocked/,
  ],
  ['it panicked long ago', { dumps: ['dmesg-1'], orderly: true }, dump(panic), 'Requested', /in order/],
  [
    'a console without a panic',
    { orderly: true },
    dump('reboot: Restarting system', 'console-1'),
    'Requested',
    /in order/,
  ],
  ['it was shut down', { orderly: true }, { resetStatus: 0x1000 }, 'Requested', /in order/],
  ['wtmp has a shutdown', {}, { shutdownRecorded: true }, 'Requested', /in order/],
  ['wtmp has none', {}, { shutdownRecorded: false }, 'PowerLoss', /no shutdown/],
  ['the agent did not see it', { stopped: true }, {}, 'Unknown', /did not run/],
];

for (const [what, last, traces, reason, words] of table) {
  test(`when ${what}: ${reason}`, (t) => {
    const cause = classify({ ...cut, ...last }, { ...nothing, ...traces });
    t.is(cause.reason, reason);
    t.regex(cause.message, words);
  });
}

test('whatever a crashed kernel has left, the words are plain and few', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (noise) => {
      const { message } = classify(cut, { ...nothing, ...dump(`${noise}Kernel panic - not syncing${noise}`) });
      t.true(message.length <= 300);
      t.notRegex(message, /\p{Cc}/u);
    }),
  );
});

test('signs are the conditions that hold', (t) => {
  const condition = (type: string, status: string) => ({ type, status });
  const all = [
    condition('UnderVoltage', 'True'),
    condition('MemoryPressure', 'False'),
    condition('ThermalThrottling', 'True'),
  ];
  t.deepEqual(signsOf([...all, condition('Ready', 'True')]), ['heat', 'voltage']);
});
