/** Short texts that are kept once, however often they are read: times, names, reasons and images repeat in most objects. */

/** A longer text is hardly ever repeated. */
const LONGEST = 80;
/** V8 keeps texts of this length once by itself. */
const SHORTEST = 3;
/** So many are known; then it begins anew. */
const KNOWN = 16_384;

export class SharedTexts {
  readonly #known = new Map<string, string>();

  /** How many are known. */
  get known(): number {
    return this.#known.size;
  }

  /** The text itself, or an equal one that was seen before. */
  of(text: string): string {
    if (text.length < SHORTEST || text.length > LONGEST) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= KNOWN) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }

  /** Puts shared texts into a value of JSON data and all that it holds, and freezes it. */
  freeze<T>(value: T): Readonly<T> {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
    const record = value as Record<string, unknown>;
    for (const key of Object.keys(record)) {
      const inner = record[key];
      if (typeof inner !== 'string') this.freeze(inner);
      else record[key] = this.of(inner);
    }
    return Object.freeze(value);
  }
}
