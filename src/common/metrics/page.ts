/**
 * A page of Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), made anew for each scrape.
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
  text(): Promise<string>;
};

export const pageType = 'text/plain; version=0.0.4; charset=utf-8';
