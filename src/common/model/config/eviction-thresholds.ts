/**
 * The kubelet's texts for eviction (`memory.available<100Mi,nodefs.available<10%`, `nodefs.available=1m30s`), read. A text that
 * says nothing sensible is answered with the part that does not and what it must be.
 */

import { parseDuration } from '../../lib/duration.ts';
import { parseQuantity } from '../../lib/quantity.ts';

/** What can run out, by the kubelet's names; `memory.pressure` is Bramble's own (PSI). */
export const evictionSignals = [
  'memory.available',
  'allocatableMemory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'containerfs.available',
  'containerfs.inodesFree',
  'pid.available',
  'memory.pressure',
] as const;
export type EvictionSignal = (typeof evictionSignals)[number];

/** A number of bytes, inodes or process ids, or a percentage of all there are. */
export type Amount = { readonly quantity: number } | { readonly percent: number };
export type Threshold = {
  readonly signal: EvictionSignal;
  readonly amount: Amount;
  /** As it was written: `100Mi`, `10%`. */
  readonly text: string;
  /** Of `memory.pressure`: over so many seconds. */
  readonly window?: 10 | 60 | 300;
};
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const wrong = (found: string, accepted: string) =>
  ({ ok: false, message: `${found.slice(0, 100)}: must be ${accepted}` }) as const;
const parts = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** 0% and 100% switch a threshold off, as with the kubelet: it is left out. */
export function readThresholds(text: string): Read<readonly Threshold[]> {
  return readAll(
    text,
    readThreshold,
    ({ signal }) => signal,
    (list) => list.filter(({ amount }) => !('percent' in amount) || (amount.percent > 0 && amount.percent < 100)),
  );
}

/** How long a soft threshold has to be met, in milliseconds: `memory.available=1m30s`. */
export function readGracePeriods(text: string): Read<ReadonlyMap<EvictionSignal, number>> {
  return readAll(
    text,
    readGrace,
    ([signal]) => signal,
    (list) => new Map(list),
  );
}

/** How much more is taken back, once something is: `nodefs.available=500Mi`. */
export function readMinimumReclaim(text: string): Read<ReadonlyMap<EvictionSignal, Amount>> {
  return readAll(
    text,
    readReclaim,
    ([signal]) => signal,
    (list) => new Map(list),
  );
}

/** `cpu=100m,memory=128Mi,ephemeral-storage=1Gi`: what of the device is kept from pods, as texts of quantities. */
export function readReserved(text: string): Read<Readonly<Record<string, string>>> {
  return readAll(
    text,
    readResource,
    ([name]) => name,
    (list) => Object.fromEntries(list),
  );
}

function readAll<T, R>(
  text: string,
  read: (part: string) => Read<T>,
  key: (one: T) => string,
  all: (list: T[]) => R,
): Read<R> {
  const list: T[] = [];
  for (const part of parts(text)) {
    const one = read(part);
    if (!one.ok) return one;
    if (list.some((other) => key(other) === key(one.value))) return wrong(part, `${key(one.value)} once`);
    list.push(one.value);
  }
  return { ok: true, value: all(list) };
}

const signalList = evictionSignals.join(', ');
const isSignal = (text: string): text is EvictionSignal => evictionSignals.some((signal) => signal === text);

function readThreshold(part: string): Read<Threshold> {
  const match = /^([^<>=\s]+)\s*([<>])\s*([^<>=\s]+)$/.exec(part);
  if (match === null) return wrong(part, 'SIGNAL<QUANTITY or SIGNAL<PERCENT%, such as memory.available<100Mi');
  const [, signal = '', operator, text = ''] = match;
  if (!isSignal(signal)) return wrong(part, `one of the signals ${signalList}`);
  if (signal === 'memory.pressure') return readStall(part, operator, text);
  if (operator !== '<') return wrong(part, `${signal}<…: there is pressure when less is available`);
  const amount = readAmount(text);
  return amount.ok ? { ok: true, value: { signal, amount: amount.value, text } } : wrong(part, amount.message);
}

function readStall(part: string, operator: string | undefined, text: string): Read<Threshold> {
  const match = /^(\d{1,3}(?:\.\d+)?)%(?:\/(10|60|300)s)?$/.exec(text);
  const percent = Number(match?.[1]);
  if (operator !== '>' || match === null || percent > 100) {
    return wrong(
      part,
      'memory.pressure>PERCENT%/WINDOW with a window of 10s, 60s or 300s, such as memory.pressure>40%/10s',
    );
  }
  const window = Number(match[2] ?? 10) as 10 | 60 | 300;
  return { ok: true, value: { signal: 'memory.pressure', amount: { percent }, text: `${match[1]}%`, window } };
}

function readGrace(part: string): Read<readonly [EvictionSignal, number]> {
  const [signal = '', text = '', ...more] = part.split('=').map((one) => one.trim());
  if (!isSignal(signal)) return wrong(part, `SIGNAL=DURATION with one of the signals ${signalList}`);
  const millis = parseDuration(text);
  if (millis === undefined || millis < 0 || more.length > 0)
    return wrong(part, `${signal}=DURATION, such as ${signal}=1m30s`);
  return { ok: true, value: [signal, millis] };
}

function readReclaim(part: string): Read<readonly [EvictionSignal, Amount]> {
  const [signal = '', text = '', ...more] = part.split('=').map((one) => one.trim());
  if (!isSignal(signal) || signal === 'memory.pressure')
    return wrong(part, `SIGNAL=QUANTITY with one of the signals ${signalList.replace(', memory.pressure', '')}`);
  const amount = readAmount(text);
  if (!amount.ok || more.length > 0) return wrong(part, amount.ok ? `${signal}=QUANTITY` : amount.message);
  return { ok: true, value: [signal, amount.value] };
}

function readAmount(text: string): Read<Amount> {
  const percent = /^([+-]?\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined) {
    const value = Number(percent);
    if (value < 0 || value > 100) return { ok: false, message: 'a percentage from 0% to 100%' };
    return { ok: true, value: { percent: value } };
  }
  const nanos = parseQuantity(text)?.nanos;
  if (nanos === undefined) return { ok: false, message: 'a quantity such as 100Mi or a percentage such as 10%' };
  if (nanos < 0n) return { ok: false, message: 'a quantity that is not negative' };
  return { ok: true, value: { quantity: Number((nanos + 999_999_999n) / 1_000_000_000n) } };
}

const reservable = ['cpu', 'memory', 'ephemeral-storage'];

function readResource(part: string): Read<readonly [string, string]> {
  const [name = '', text = '', ...more] = part.split('=').map((one) => one.trim());
  const quantity = parseQuantity(text);
  if (!reservable.includes(name) || quantity === undefined || quantity.nanos < 0n || more.length > 0) {
    return wrong(part, 'RESOURCE=QUANTITY of cpu, memory and ephemeral-storage, such as cpu=100m,memory=128Mi');
  }
  return { ok: true, value: [name, text] };
}
