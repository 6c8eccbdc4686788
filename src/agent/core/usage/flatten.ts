/**
 * A value as its form, its words and its numbers: things of one form differ in the others only, and what changes from look to
 * look are the numbers. Numbers are whole, but for averages, which keep two digits behind the point as the kernel tells them.
 */

export type Flat = Parts & { readonly form: string; readonly numbers: readonly number[] };
/** `pieces` joined are the form. */
export type Parts = { readonly pieces: readonly string[]; readonly words: readonly string[] };

const HUNDREDTHS = /^avg\d/;

/** Of plain data without `null`. */
export function flatten(value: object): Flat {
  const [pieces, words, numbers]: [string[], string[], number[]] = [[], [], []];
  const sink = {
    piece: (piece: string) => pieces.push(piece),
    word: (word: string) => words.push(word),
    number: (each: number) => numbers.push(each),
  };
  add(sink, value, '');
  return { pieces, words, numbers, form: pieces.join('') };
}

/** Whether the value has these parts, of so many numbers; those are written to `numbers`. Nothing is made of the others anew. */
export function follow(value: object, { pieces, words }: Parts, count: number, numbers: Float64Array): boolean {
  let [piecesSeen, wordsSeen, numbersSeen, same] = [0, 0, 0, true];
  const sink = {
    piece(piece: string) {
      same &&= pieces[piecesSeen] === piece;
      piecesSeen += 1;
    },
    word(word: string) {
      same &&= words[wordsSeen] === word;
      wordsSeen += 1;
    },
    number(each: number) {
      numbers[numbersSeen] = each;
      numbersSeen += 1;
    },
  };
  add(sink, value, '');
  return same && piecesSeen === pieces.length && wordsSeen === words.length && numbersSeen === count;
}

type Sink = { piece(piece: string): void; word(word: string): void; number(value: number): void };

function add(sink: Sink, value: unknown, key: string): void {
  if (typeof value === 'number') {
    sink.piece('0');
    sink.number(Math.round(isHundredths(key) ? value * 100 : value));
  } else if (typeof value === 'string') {
    sink.piece('""');
    sink.word(value);
  } else if (Array.isArray(value)) {
    addList(sink, value, key);
  } else if (typeof value === 'object' && value !== null) {
    addObject(sink, value);
  } else {
    sink.piece(JSON.stringify(value));
  }
}

function addList(sink: Sink, values: readonly unknown[], key: string): void {
  let before = '[';
  for (const value of values) {
    sink.piece(before);
    add(sink, value, key);
    before = ',';
  }
  sink.piece(values.length === 0 ? '[]' : ']');
}

function addObject(sink: Sink, object: object): void {
  let before = '{';
  // Without a list of the object's entries: this is done for each number of each look.
  for (const name in object) {
    const value: unknown = Reflect.get(object, name);
    if (value === undefined) continue;
    sink.piece(before);
    sink.piece('"');
    sink.piece(name);
    sink.piece('":');
    add(sink, value, name);
    before = ',';
  }
  sink.piece(before === '{' ? '{}' : '}');
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
