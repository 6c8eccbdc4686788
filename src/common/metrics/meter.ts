/** Counts what a process does, for its page. A series is kept for as long as the process runs: its labels must be few. */

import type { Add, Family, Labels } from './page.ts';

export interface Meter {
  /** Adds to a counter. */
  count(family: Family, labels: Labels, by?: number): void;
  /** Asks for a gauge's value when a page is made; the same series again replaces the function. */
  watch(family: Family, labels: Labels, read: () => number): void;
}

export function createMeter(): Meter & { series(add: Add): void } {
  const counts = new Map<string, { readonly family: Family; readonly labels: Labels; value: number }>();
  const gauges = new Map<string, { readonly family: Family; readonly labels: Labels; read(): number }>();
  const keyOf = ({ name }: Family, labels: Labels): string => JSON.stringify([name, labels]);
  return {
    count(family, labels, by = 1) {
      const key = keyOf(family, labels);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { family, labels, value: by });
      else known.value += by;
    },
    watch(family, labels, read) {
      gauges.set(keyOf(family, labels), { family, labels, read });
    },
    series(add) {
      for (const { family, labels, value } of counts.values()) add(family, labels, value);
      for (const { family, labels, read } of gauges.values()) add(family, labels, read());
    },
  };
}
