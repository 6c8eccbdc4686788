/**
 * A page of Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), made anew for each scrape.
 * Each series is written as it comes: a client library that keeps them first takes five times as long.
 */

export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** Names of its labels; a series may leave some out. */
  readonly labels: readonly string[];
};
export type Labels = Readonly<Record<string, string>>;
/** Adds a series. A value that is not known is none. */
export type Add = (family: Family, labels: Labels, value: number | undefined) => void;

export type Page = {
  readonly add: Add;
  /** Adds series that all carry these labels too. */
  with(labels: Labels): Add;
  text(): string;
};

export const pageType = 'text/plain; version=0.0.4; charset=utf-8';

const left: Family = {
  name: 'bramble_series_left_out',
  help: 'Series that this page has no room for.',
  type: 'gauge',
  labels: [],
};

/** `limit`: series that the page has room for; the rest is counted only. */
export function createPage(limit: number): Page {
  /** The lines of each family, by its name: they must stand together. */
  const families = new Map<string, { readonly head: string; readonly lines: Set<string>; readonly values: number[] }>();
  let series = 0;
  let leftOut = 0;

  function put({ name, help, type }: Family, labels: string, value: number | undefined): void {
    if (value === undefined || !Number.isFinite(value) || (type === 'counter' && value < 0)) return;
    let family = families.get(name);
    if (family === undefined) {
      const head = `# HELP ${name} ${escaped(help, false)}\n# TYPE ${name} ${type}\n`;
      family = { head, lines: new Set(), values: [] };
      families.set(name, family);
    }
    // The same series twice would make the whole page unreadable.
    if (family.lines.has(labels)) return;
    if (series >= limit) {
      leftOut += 1;
      return;
    }
    series += 1;
    family.lines.add(labels);
    family.values.push(value);
  }
  return {
    add: (family, labels, value) => put(family, textOf(labels), value),
    with: (base) => {
      const more = textOf(base);
      return (family, labels, value) => put(family, [textOf(labels), more].filter(Boolean).join(','), value);
    },
    text() {
      const parts: string[] = [];
      for (const [name, { head, lines, values }] of families) {
        parts.push(head);
        let at = 0;
        for (const labels of lines) {
          parts.push(labels === '' ? `${name} ${values[at]}\n` : `${name}{${labels}} ${values[at]}\n`);
          at += 1;
        }
      }
      return `${parts.join('')}# HELP ${left.name} ${left.help}\n# TYPE ${left.name} ${left.type}\n${left.name} ${leftOut}\n`;
    },
  };
}

/** Prometheus takes an empty label for one that is not there. */
function textOf(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name];
    if (value) text += `${text === '' ? '' : ','}${name}="${escaped(value, true)}"`;
  }
  return text;
}

const special = /[\\"\n]/;

function escaped(text: string, quoted: boolean): string {
  if (!special.test(text)) return text;
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return quoted ? plain.replaceAll('"', '\\"') : plain;
}
