/**
 * Kubernetes quantities (500m, 1.5, 64Mi, 2e3), computed exactly. A quantity is a whole number of billionths in a
 * BigInt; finer ones are rounded away from zero and larger ones than 2^63-1 are capped, as in Kubernetes.
 */

type Format = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
/** A parsed quantity. Equal amounts may differ in format; compare them with `compareQuantities`. */
export type Quantity = { readonly nanos: bigint; readonly format: Format };

const NANO = 10n ** 9n;
const LIMIT = (2n ** 63n - 1n) * NANO;
const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalNames = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const binaryNames = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;

const cap = (nanos: bigint): bigint => (nanos > LIMIT ? LIMIT : nanos < -LIMIT ? -LIMIT : nanos);
const divideUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by; // value ≥ 0

/** The quantity that `text` writes, or undefined when it writes none. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = text.length <= 100 ? pattern.exec(text) : null;
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', binary, decimal, exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  let nanos = digits * NANO;
  let down = 10n ** BigInt(fraction.length);
  if (binary) {
    nanos *= 1024n ** BigInt(binaryNames.indexOf(binary as (typeof binaryNames)[number]));
  } else {
    const power =
      exponent === undefined ? (decimalSuffixes[decimal ?? ''] ?? 0) : Math.max(-200, Math.min(200, Number(exponent)));
    if (power >= 0) nanos *= 10n ** BigInt(power);
    else down *= 10n ** BigInt(-power);
  }
  const rounded = divideUp(nanos, down);
  const format = binary ? 'BinarySI' : exponent === undefined ? 'DecimalSI' : 'DecimalExponent';
  return { nanos: cap(sign === '-' ? -rounded : rounded), format };
}

/** Like `parseQuantity`, for text that a schema has already checked. Throws on other text. */
export function quantityOf(text: string): Quantity {
  const quantity = parseQuantity(text);
  if (!quantity) throw new RangeError(`not a quantity: ${JSON.stringify(text)}`);
  return quantity;
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The sum, in the format of `a` (of `b` when `a` is zero). */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: cap(a.nanos + b.nanos), format: a.nanos === 0n ? b.format : a.format };
}

/** The difference, in the format of `a` (of `b` when `a` is zero). */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { nanos: -b.nanos, format: b.format });
}

/** The canonical text: a whole number with the largest suffix that loses nothing. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) return sign + binaryText(size / NANO);
  return sign + decimalText(size, format === 'DecimalExponent');
}

function binaryText(units: bigint): string {
  let rest = units;
  let step = 0;
  while (rest % 1024n === 0n && step < binaryNames.length - 1) {
    rest /= 1024n;
    step += 1;
  }
  return `${rest}${binaryNames[step]}`;
}

function decimalText(nanos: bigint, asExponent: boolean): string {
  let rest = nanos;
  let step = 0;
  while (rest % 1000n === 0n && step < decimalNames.length - 1) {
    rest /= 1000n;
    step += 1;
  }
  const power = step * 3 - 9;
  if (asExponent) return power === 0 ? `${rest}` : `${rest}e${power}`;
  return `${rest}${decimalNames[step]}`;
}

/** The number of whole units, rounded away from zero: bytes of a memory quantity. Exact up to 2^53. */
export function toBytes(text: string): number {
  return roundedAway(quantityOf(text).nanos, NANO);
}

/** The number of thousandths, rounded away from zero: millicores of a CPU quantity. Exact up to 2^53. */
export function toMillis(text: string): number {
  return roundedAway(quantityOf(text).nanos, NANO / 1000n);
}

function roundedAway(nanos: bigint, unit: bigint): number {
  return nanos < 0n ? -Number(divideUp(-nanos, unit)) : Number(divideUp(nanos, unit));
}
