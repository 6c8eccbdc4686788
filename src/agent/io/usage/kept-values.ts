/** Values that are made anew only when what they are made of is something else. */

export type KeptValues<V> = {
  /** The value of this key: the one before when it was made of the very same parts. */
  of(key: string, parts: readonly unknown[], make: () => V): V;
  /** Forgets all others. */
  retain(keys: ReadonlySet<string>): void;
};

export function createKeptValues<V>(): KeptValues<V> {
  const kept = new Map<string, { readonly parts: readonly unknown[]; readonly value: V }>();
  return {
    of(key, parts, make) {
      const known = kept.get(key);
      if (known !== undefined && isSame(known.parts, parts)) return known.value;
      const value = make();
      kept.set(key, { parts, value });
      return value;
    },
    retain(keys) {
      for (const key of kept.keys()) if (!keys.has(key)) kept.delete(key);
    },
  };
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index]);
