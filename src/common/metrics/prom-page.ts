/** A page that prom-client writes. */

import { Counter, Gauge, Registry } from 'prom-client';
import type { Family, Labels, Page } from './page.ts';

const left: Family = {
  name: 'bramble_series_left_out',
  help: 'Series that this page has no room for.',
  type: 'gauge',
  labels: [],
};

/** `limit`: series that the page has room for; the rest is counted only. */
export function promPage(limit: number): Page {
  const registry = new Registry();
  const families = new Map<string, { add(labels: Labels, value: number): void; readonly seen: Set<string> }>();
  let series = 0;
  let leftOut = 0;

  function familyOf({ name, help, type, labels }: Family, more: readonly string[]) {
    const known = families.get(name);
    if (known !== undefined) return known;
    const settings = { name, help, labelNames: [...labels, ...more], registers: [registry] };
    const seen = new Set<string>();
    let made: { add(labels: Labels, value: number): void; readonly seen: Set<string> };
    if (type === 'counter') {
      const counter = new Counter(settings);
      made = { seen, add: (of, value) => counter.inc({ ...of }, value) };
    } else {
      const gauge = new Gauge(settings);
      made = { seen, add: (of, value) => gauge.set({ ...of }, value) };
    }
    families.set(name, made);
    return made;
  }
  function put(family: Family, labels: Labels, value: number | undefined, base: Labels): void {
    if (value === undefined || !Number.isFinite(value) || (family.type === 'counter' && value < 0)) return;
    const all = { ...labels, ...base };
    const { seen, add } = familyOf(family, Object.keys(base));
    // The same series twice would make the whole page unreadable.
    const key = JSON.stringify(family.labels.map((label) => all[label] ?? '').concat(Object.values(base)));
    if (seen.has(key)) return;
    if (series >= limit) {
      leftOut += 1;
      return;
    }
    seen.add(key);
    series += 1;
    add(all, value);
  }
  return {
    add: (family, labels, value) => put(family, labels, value, {}),
    with: (base) => (family, labels, value) => put(family, labels, value, base),
    async text() {
      const gauge = new Gauge({ name: left.name, help: left.help, registers: [registry] });
      gauge.set(leftOut);
      return await registry.metrics();
    },
  };
}
