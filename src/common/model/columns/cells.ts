/** Cells that many kinds' tables share. */
import { humanDuration } from '../../lib/duration.ts';
import { fromTimestamp } from '../../lib/time.ts';
import type { Column } from '../kind.ts';
import type { KubeObject, LabelSelector } from '../meta.ts';

/** How long ago a time was, as `5m10s`; `<unknown>` without a time. */
export function ago(timestamp: string | undefined, now: number): string {
  const then = timestamp === undefined ? undefined : fromTimestamp(timestamp);
  return then === undefined ? '<unknown>' : humanDuration(now - then);
}

export const nameColumn: Column<KubeObject> = { name: 'NAME', value: (object) => object.metadata.name };
export const ageColumn: Column<KubeObject> = {
  name: 'AGE',
  value: (object, now) => ago(object.metadata.creationTimestamp, now),
};

/** A list with commas, or `<none>`. */
export const joined = (items: readonly string[]): string => (items.length === 0 ? '<none>' : items.join(','));

/** A selector as text, in the syntax that `-l` reads. */
export function selectorText(selector: LabelSelector): string {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return joined([...labels, ...expressions]);
}
