/**
 * A value as its form, its words and its numbers: things of one form differ in the others only, and what changes from look to
 * look are the numbers. Numbers are whole, but for averages, which keep two digits behind the point as the kernel tells them.
 */

export type Flat = { readonly form: string; readonly words: readonly string[]; readonly numbers: readonly number[] };

const HUNDREDTHS = /^avg\d/;

/** Of plain data without `null`. */
export function flatten(value: object): Flat {
  const found = { form: [], words: [], numbers: [] };
  add(found, value, '');
  return { ...found, form: found.form.join('') };
}

type Found = { readonly form: string[]; readonly words: string[]; readonly numbers: number[] };

function add(found: Found, value: unknown, key: string): void {
  if (typeof value === 'number') {
    found.form.push('0');
    found.numbers.push(Math.round(isHundredths(key) ? value * 100 : value));
  } else if (typeof value === 'string') {
    found.form.push('""');
    found.words.push(value);
  } else if (Array.isArray(value)) {
    addList(found, value, key);
  } else if (typeof value === 'object' && value !== null) {
    addObject(found, value);
  } else {
    found.form.push(JSON.stringify(value));
  }
}

function addList(found: Found, values: readonly unknown[], key: string): void {
  let before = '[';
  for (const value of values) {
    found.form.push(before);
    add(found, value, key);
    before = ',';
  }
  found.form.push(values.length === 0 ? '[]' : ']');
}

function addObject(found: Found, object: object): void {
  let before = '{';
  // Without a list of the object's entries: this is done for each number of each look.
  for (const name in object) {
    const value: unknown = Reflect.get(object, name);
    if (value === undefined) continue;
    found.form.push(before, '"', name, '":');
    add(found, value, name);
    before = ',';
  }
  found.form.push(before === '{' ? '{}' : '}');
}

/** What `flatten` was given; `form` is the one that it told, parsed. */
export function unflatten(form: unknown, words: readonly string[], numbers: Iterable<number>): unknown {
  const [nextWord, nextNumber] = [words[Symbol.iterator](), numbers[Symbol.iterator]()];
  const fill = (part: unknown, key: string): unknown => {
    if (typeof part === 'number') {
      const value: number = nextNumber.next().value ?? 0;
      return isHundredths(key) ? value / 100 : value;
    }
    if (typeof part === 'string') return nextWord.next().value ?? '';
    if (Array.isArray(part)) return part.map((item) => fill(item, key));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, fill(item, name)]));
  };
  return fill(form, '');
}

const isHundredths = (key: string): boolean => key.startsWith('avg') && HUNDREDTHS.test(key);
