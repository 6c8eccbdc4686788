/**
 * The sweeps of the last quarter of an hour, whole, in bounded memory. The node, each part of the system and each pod is a
 * series: its form and its words are kept once, and of each look only by how much its numbers differ from those before. The
 * oldest sweeps go when they are too old or when all takes more than it may.
 */

import type { Millis } from '../../../common/lib/time.ts';
import { flatten, follow, unflatten } from './flatten.ts';
import { byteReader, createByteWriter } from './number-list.ts';
import type { Sweep } from './sweep.ts';
import { type Row, rows, sweepOf } from './sweep-rows.ts';

const KEPT: Millis = 15 * 60_000;
const MOST_BYTES = 2 * 1024 * 1024;
/** What a series takes beside its words and numbers, and a sample beside its differences. */
const OVERHEAD = 200;
const NUMBER = 8;

export type History = {
  add(sweep: Sweep): void;
  /** Those after this steady time, oldest first. */
  after(at: Millis): readonly Sweep[];
  /** What it takes now, nearly. */
  bytes(): number;
};

type Form = { readonly text: string; readonly pieces: readonly string[]; uses: number };
type Series = {
  readonly form: Form;
  readonly words: readonly string[];
  /** As they were before the oldest sample that is kept, and as they are in the newest. */
  readonly before: Float64Array;
  readonly newest: Float64Array;
  samples: number;
};
type Sample = {
  readonly at: Millis;
  readonly wall: Millis;
  readonly series: readonly Series[];
  readonly bytes: Uint8Array;
};
/** Before the differences of a series in a sample: whether there are any. */
const [SAME, DIFFERS] = [0, 1];

export function createHistory(kept: Millis = KEPT, mostBytes = MOST_BYTES): History {
  const samples: Sample[] = [];
  /** Forms are shared: there are few, and they are long. */
  const forms = new Map<string, Form>();
  /** By what they are of: a series of another form or other words takes its place. */
  const current = new Map<string, Series>();
  const writer = createByteWriter();
  /** What was added last: what is the very same has no differences. */
  let last: ReadonlyMap<string, object> = new Map();
  /** Of the row that is being added. */
  let numbers = new Float64Array();
  let taken = 0;

  /** The series of what this key is of, its numbers now in `numbers`. */
  function seriesOf(key: string, row: Row): Series {
    const known = current.get(key);
    if (known !== undefined) {
      const { form, words, newest } = known;
      if (newest.length > numbers.length) numbers = new Float64Array(newest.length);
      if (follow(row, { pieces: form.pieces, words }, newest.length, numbers)) return known;
    }
    const flat = flatten(row);
    numbers = Float64Array.from(flat.numbers);
    const form = forms.get(flat.form) ?? { text: flat.form, pieces: flat.pieces, uses: 0 };
    if (form.uses === 0) {
      forms.set(form.text, form);
      taken += sizeOfForm(form);
    }
    form.uses += 1;
    const { length } = flat.numbers;
    const made = {
      ...{ form, words: flat.words, samples: 0 },
      ...{ before: new Float64Array(length), newest: new Float64Array(length) },
    };
    current.set(key, made);
    taken += bytesOf(made);
    return made;
  }
  function release(series: Series): void {
    series.samples -= 1;
    if (series.samples > 0) return;
    taken -= bytesOf(series);
    for (const [key, each] of current) if (each === series) current.delete(key);
    const { form } = series;
    form.uses -= 1;
    if (form.uses > 0) return;
    forms.delete(form.text);
    taken -= sizeOfForm(form);
  }
  /** What was the oldest becomes what the others are told against. */
  function dropOldest(): void {
    const oldest = samples.shift();
    if (oldest === undefined) return;
    const next = byteReader(oldest.bytes);
    for (const series of oldest.series) advance(series.before, next);
    taken -= OVERHEAD + oldest.bytes.length + oldest.series.length * NUMBER;
    for (const series of oldest.series) release(series);
  }

  return {
    add(sweep) {
      const found = rows(sweep);
      const all = found.map(({ key, row, usage }) => {
        const same = last.get(key) === usage ? current.get(key) : undefined;
        const series = same ?? seriesOf(key, row);
        series.samples += 1;
        writer.write(same === undefined ? DIFFERS : SAME);
        if (same !== undefined) return series;
        const { newest } = series;
        for (let index = 0; index < newest.length; index += 1) {
          const value = numbers[index] ?? 0;
          writer.write(value - (newest[index] ?? 0));
          newest[index] = value;
        }
        return series;
      });
      last = new Map(found.map(({ key, usage }) => [key, usage]));
      const sample = { at: sweep.at, wall: sweep.wall, series: all, bytes: writer.take() };
      samples.push(sample);
      taken += OVERHEAD + sample.bytes.length + all.length * NUMBER;
      while (samples.length > 1 && (sweep.at - (samples[0]?.at ?? 0) >= kept || taken > mostBytes)) dropOldest();
    },
    after(time) {
      const values = new Map<Series, Float64Array>();
      const parsed = new Map<Form, unknown>();
      const formOf = (form: Form): unknown => {
        if (!parsed.has(form)) parsed.set(form, JSON.parse(form.text));
        return parsed.get(form);
      };
      return samples.flatMap((sample) => {
        const next = byteReader(sample.bytes);
        const told = sample.series.map((series) => {
          const then = values.get(series) ?? series.before.slice();
          values.set(series, then);
          advance(then, next);
          return sample.at > time ? (unflatten(formOf(series.form), series.words, then) as Row) : undefined;
        });
        return sample.at > time
          ? [
              sweepOf(
                sample,
                told.flatMap((row) => row ?? []),
              ),
            ]
          : [];
      });
    },
    bytes: () => taken,
  };
}

function advance(numbers: Float64Array, next: () => number): void {
  if (next() === SAME) return;
  for (let index = 0; index < numbers.length; index += 1) numbers[index] = (numbers[index] ?? 0) + next();
}

const bytesOf = ({ words, before }: Series): number =>
  OVERHEAD + 2 * NUMBER * before.length + words.reduce((sum, word) => sum + word.length + 2 * NUMBER, 0);

/** Its text, and a reference for each piece. */
const sizeOfForm = ({ text, pieces }: Form): number => text.length + NUMBER * pieces.length;
