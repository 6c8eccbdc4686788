/**
 * The conditions that follow from one look at the sensors and from those before. What is wrong shows at once, and is over when
 * nothing was wrong for a while: no condition comes and goes with each look. Pure.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { Finding } from '../pod/conditions.ts';
import { type Ailment, ailments } from './ailments.ts';
import type { HealthReading } from './health-reading.ts';
import type { HealthRules } from './health-rules.ts';
import type { Sign } from './signs.ts';
import { follow, noTrace, type Trace } from './trace.ts';

/** What is wrong, as it was when it began, by the name of the ailment. */
export type Held = ReadonlyMap<string, { readonly reason: string; readonly message: string; readonly lastBad: Millis }>;
export type HealthMemory = {
  readonly held: Held;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly trace: Trace;
};
export type HealthEvent = { readonly kind: 'Normal' | 'Warning'; readonly reason: string; readonly message: string };
export type Assessment = {
  readonly memory: HealthMemory;
  /** Those that are other than before. */
  readonly changed: readonly Finding[];
  readonly events: readonly HealthEvent[];
  /** Whether BestEffort pods are to be slowed. */
  readonly slow: boolean;
};

/** What an agent begins with that was told what was wrong when the one before it ended: it is quiet from now on at the earliest. */
export function firstMemory(
  wrong: readonly { readonly name: string; readonly reason: string; readonly message: string }[],
  now: Millis,
): HealthMemory {
  const known = wrong.filter(({ name }) => ailments.some((one) => one.name === name));
  const held: Held = new Map(known.map(({ name, reason, message }) => [name, { reason, message, lastBad: now }]));
  const findings = new Map<string, Finding>();
  for (const { name, type } of ailments) {
    const one = held.get(name);
    if (one !== undefined) findings.set(type, { type, status: 'True', reason: one.reason, message: one.message });
  }
  return { held, findings, trace: noTrace };
}

export function slows(held: Held): boolean {
  return ailments.some(({ name, slows: does }) => does === true && held.has(name));
}

export function assess(before: HealthMemory, reading: HealthReading, rules: HealthRules, now: Millis): Assessment {
  const trace = follow(before.trace, reading, now);
  const held = new Map(before.held);
  const signs = new Map<Ailment, Sign>();
  for (const ailment of ailments) {
    const { name } = ailment;
    const known = held.get(name);
    const sign = ailment.sign(reading, trace, rules, known !== undefined);
    if (sign !== undefined) signs.set(ailment, sign);
    const quiet = ailment.quiet(rules);
    if (sign?.is === 'bad') {
      const { reason, message } = known === undefined || quiet === 0 ? sign : known;
      held.set(name, { reason, message, lastBad: now });
    } else if (known !== undefined && now - known.lastBad >= quiet) held.delete(name);
  }
  const findings = new Map<string, Finding>();
  for (const type of new Set(ailments.map((one) => one.type))) {
    const finding = findingOf(type, held, signs) ?? gone(before.findings.get(type));
    if (finding !== undefined) findings.set(type, finding);
  }
  const changed = [...findings.values()].filter((one) => !same(one, before.findings.get(one.type)));
  return {
    memory: { held, findings, trace },
    changed,
    events: changed.flatMap((one) => eventOf(one, before.findings.get(one.type)) ?? []),
    slow: slows(held),
  };
}

/** Of several ailments of one condition those that hold speak, or else the first that knows. */
function findingOf(type: Ailment['type'], held: Held, signs: ReadonlyMap<Ailment, Sign>): Finding | undefined {
  const own = ailments.filter((one) => one.type === type);
  const wrong = own.flatMap(({ name }) => held.get(name) ?? []);
  const [first] = wrong;
  if (first !== undefined) {
    return { type, status: 'True', reason: first.reason, message: wrong.map(({ message }) => message).join('; ') };
  }
  const sign = own.map((one) => signs.get(one)).find((one) => one !== undefined);
  if (sign === undefined) return undefined;
  const { reason, message } = sign;
  return { type, status: sign.is === 'well' ? 'False' : 'Unknown', reason, message };
}

/** A condition that was told stays with the Node: that it is not known any more has to be told too. */
function gone(before: Finding | undefined): Finding | undefined {
  if (before === undefined) return undefined;
  return { type: before.type, status: 'Unknown', reason: 'NotTold', message: 'the device does not tell it any more' };
}

function same(one: Finding, other: Finding | undefined): boolean {
  return one.status === other?.status && one.reason === other?.reason && one.message === other?.message;
}

function eventOf({ status, reason, message }: Finding, before: Finding | undefined): HealthEvent | undefined {
  if (status === 'True') return { kind: 'Warning', reason: reason ?? '', message: message ?? '' };
  return before?.status === 'True' ? { kind: 'Normal', reason: reason ?? '', message: message ?? '' } : undefined;
}
