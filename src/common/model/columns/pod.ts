/** The table of pods. */
import { humanDuration } from '../../lib/duration.ts';
import type { Column } from '../kind.ts';
import type { Pod } from '../pod.ts';
import { ageColumn, nameColumn } from './cells.ts';
import { podSummary } from './pod-summary.ts';

function readyText(pod: Pod): string {
  const { ready, total } = podSummary(pod);
  return `${ready}/${total}`;
}

function restartsText(pod: Pod, now: number): string {
  const { restarts, lastEnd } = podSummary(pod);
  return restarts > 0 && lastEnd !== undefined ? `${restarts} (${humanDuration(now - lastEnd)} ago)` : `${restarts}`;
}

/** How many of the pod's readiness gates are open. */
function gatesText({ spec, status }: Pod): string {
  const { readinessGates: gates = [] } = spec;
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status: state }) => type === conditionType && state === 'True'),
  );
  return `${open.length}/${gates.length}`;
}

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  { name: 'READY', value: readyText },
  { name: 'STATUS', value: (pod) => podSummary(pod).status },
  { name: 'RESTARTS', value: restartsText },
  ageColumn,
  { name: 'IP', wide: true, value: (pod) => pod.status?.podIP || '<none>' },
  { name: 'NODE', wide: true, value: (pod) => pod.spec.nodeName || '<none>' },
  { name: 'READINESS GATES', wide: true, value: gatesText },
];
