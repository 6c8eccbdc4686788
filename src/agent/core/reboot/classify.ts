/** Why a device started anew, by what its last boot left. Pure. */

import type { NodeDevice } from '../../../common/model/node.ts';

/** What the agent noted while it was so; gone when it was over. */
export type Sign = 'heat' | 'voltage' | 'memory';

export type BootTraces = {
  /** Of this boot. */
  readonly bootId: string;
  /** What the kernel kept of its last words, with a name that tells one dump from another. */
  readonly dumps: readonly { readonly name: string; readonly text: string }[];
  /** A record of wtmp says that the last boot ended with a shutdown; undefined where there are none. */
  readonly shutdownRecorded: boolean | undefined;
  /** The status that a watchdog tells of the last boot: WDIOF bits of linux/watchdog.h. */
  readonly watchdogStatus: number;
  /** The Raspberry Pi's reset status as its firmware found it; undefined where it does not tell. */
  readonly resetStatus: number | undefined;
  /** Why the power controller of a Raspberry Pi 5 switched the board off: bits that may stay from earlier boots. */
  readonly powerEvents: number;
  /** Dumps that were there in the last boot already are old. */
  readonly names: readonly string[];
};

/** What is noted of the boot that has ended. */
export type LastBoot = {
  readonly boot: string;
  /** The agent saw the system go down. */
  readonly orderly: boolean;
  /** The agent was told to end before the system did: what came then it did not see. */
  readonly stopped: boolean;
  readonly signs: readonly Sign[];
  readonly dumps: readonly string[];
  readonly powerEvents: number;
};

export type Cause = Pick<NonNullable<NodeDevice['lastReboot']>, 'reason'> & { readonly message: string };

/** WDIOF_OVERHEAT, WDIOF_POWERUNDER and WDIOF_CARDRESET. */
const [OVERHEAT, POWER_UNDER, CARD_RESET] = [0x01, 0x10, 0x20];
/** PM_RSTS_HADPOR of the BCM2835 and its successors: the board was without power. */
const POWER_ON = 0x1000;
/** Bits of power_reset (Raspberry Pi documentation, «Power supply properties /chosen/power»), the telling ones first. */
const powerEvents: readonly (readonly [number, Cause])[] = [
  [0x04, { reason: 'Overheated', message: 'the power controller switched the board off: it was too hot' }],
  [0x02, { reason: 'PowerLoss', message: 'the power controller switched the board off: the voltage was too low' }],
  [0x01, { reason: 'PowerLoss', message: 'the power controller switched the board off: the voltage was too high' }],
  [0x10, { reason: 'Watchdog', message: 'the watchdog of the power controller reset the board' }],
];
const outOfMemory = /panic_on_oom|Out of memory and no killable processes|System is deadlocked on memory/;
const panic = /Kernel panic - not syncing[^\n]*|Oops[:[ ][^\n]*|BUG: [^\n]*|Unable to handle kernel [^\n]*/;
const LONGEST = 200;

export function classify(last: LastBoot, traces: BootTraces): Cause {
  const fresh = traces.dumps.filter(({ name }) => !last.dumps.includes(name)).map(({ text }) => text);
  const words = fresh.flatMap((text) => panic.exec(text)?.[0] ?? [])[0];
  if (fresh.some((text) => outOfMemory.test(text))) {
    return {
      reason: 'OutOfMemory',
      message: `the kernel ran out of memory and gave up: ${plain(words ?? 'panic_on_oom')}`,
    };
  }
  if (words !== undefined) return { reason: 'KernelPanic', message: plain(words) };
  if (last.orderly || traces.shutdownRecorded === true) {
    return { reason: 'Requested', message: `the system was shut down in order${whileIt(last.signs)}` };
  }
  if (last.stopped) return { reason: 'Unknown', message: 'the agent did not run when the last boot ended' };
  return byHardware(last, traces) ?? bySigns(last);
}

function byHardware(last: LastBoot, { watchdogStatus, resetStatus, ...traces }: BootTraces): Cause | undefined {
  const { signs } = last;
  if ((watchdogStatus & OVERHEAT) !== 0)
    return { reason: 'Overheated', message: 'the watchdog says that it was too hot' };
  if ((watchdogStatus & CARD_RESET) !== 0)
    return { reason: 'Watchdog', message: 'the watchdog reset a system that hung' };
  if ((watchdogStatus & POWER_UNDER) !== 0)
    return { reason: 'PowerLoss', message: 'the watchdog says that the power was bad' };
  const news = traces.powerEvents & ~last.powerEvents;
  const event = powerEvents.find(([bit]) => (news & bit) !== 0);
  if (event !== undefined) return event[1];
  if (resetStatus === undefined) return undefined;
  if ((resetStatus & POWER_ON) !== 0) {
    return {
      reason: 'PowerLoss',
      message: `the board was without power, and there was no shutdown before${whileIt(signs)}`,
    };
  }
  if (signs.includes('heat') || signs.includes('memory')) return undefined;
  return {
    reason: 'Watchdog',
    message:
      'the board was reset while it had power, and there was no shutdown before: the watchdog, or a panic without words',
  };
}

/** Where the hardware does not tell: what was wrong last, else the power, of which nothing is ever left. */
function bySigns({ signs }: LastBoot): Cause {
  if (signs.includes('heat')) return { reason: 'Overheated', message: 'it was too hot when it was last heard of' };
  if (signs.includes('memory')) {
    return { reason: 'OutOfMemory', message: 'its memory was nearly used up when it was last heard of' };
  }
  return {
    reason: 'PowerLoss',
    message: `there was no shutdown, and neither a panic nor a watchdog left a trace: most likely the power was cut${whileIt(signs)}`,
  };
}

const sentences: Readonly<Record<Sign, string>> = {
  heat: 'it was too hot',
  voltage: 'its voltage was too low',
  memory: 'its memory was nearly used up',
};
const whileIt = (signs: readonly Sign[]): string =>
  signs.length === 0 ? '' : `; before it ${signs.map((sign) => sentences[sign]).join(' and ')}`;

const plain = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LONGEST);

/** The conditions of the Node that are signs while they hold. */
const signOf: Readonly<Record<string, Sign>> = {
  ThermalThrottling: 'heat',
  UnderVoltage: 'voltage',
  MemoryPressure: 'memory',
};

export function signsOf(conditions: readonly { readonly type: string; readonly status: string }[]): readonly Sign[] {
  return conditions.flatMap(({ type, status }) => (status === 'True' ? (signOf[type] ?? []) : [])).sort();
}
