/** How the scheduler's reasons are shown: a head, then a line for each node, or for each plugin of each node. */

import type { NodeVerdict, SchedulingExplanation } from '../../common/model/scheduling-explanation.ts';
import { tableText } from './table.ts';

export function schedulingText(explained: SchedulingExplanation, wide: boolean, noHeaders: boolean): string {
  const { nodes, omitted, preemption } = explained;
  const rest = omitted === 0 ? '' : `${omitted} more nodes are left out: --node NAME shows one\n`;
  const rows = wide ? nodes.flatMap((node) => pluginRows(node, explained)) : nodes.map((node) => row(node, explained));
  const headers = wide
    ? ['NODE', 'VERDICT', 'TOTAL', 'PLUGIN', 'FILTER', 'RAW', 'SCORE', 'WEIGHT']
    : ['NODE', 'VERDICT', 'TOTAL', 'WHY'];
  const table = nodes.length === 0 ? '' : `\n${tableText({ headers, rows, noHeaders })}${rest}`;
  const candidates = preemption.candidates.map(({ node, victims, violations }) => [
    node,
    `${violations}`,
    victims.map(({ namespace, name, priority }) => `${namespace}/${name} (${priority})`).join(', '),
  ]);
  const room =
    candidates.length === 0
      ? ''
      : `\n${tableText({ headers: ['MAKES ROOM ON', 'BROKEN BUDGETS', 'BY THE END OF'], rows: candidates })}`;
  return head(explained) + table + room;
}

function head(explained: SchedulingExplanation): string {
  const { metadata, scheduler, priority, nominated, preemption, best } = explained;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['Pod', `${metadata.namespace}/${metadata.name}${explained.dryRun ? ' (dry run)' : ''}`],
    ['Scheduler', scheduler],
    ['Priority', `${priority}`],
    ['Gates', explained.gates.join(', ') || undefined],
    ['State', stateText(explained)],
    ['Nominated', nominated],
    ['Decision', decisionText(explained)],
    ['Preemption', best.length > 0 ? undefined : preemption.none],
  ];
  return lines.map(([name, text]) => (text === undefined ? '' : `${`${name}:`.padEnd(12)}${text}\n`)).join('');
}

function stateText({ queue, dryRun, boundTo }: SchedulingExplanation): string | undefined {
  const tried =
    queue.attempts === 0
      ? 'not tried yet'
      : `tried ${queue.attempts === 1 ? 'once' : `${queue.attempts} times`} without success`;
  switch (queue.state) {
    case 'bound':
      return `bound to ${boundTo}`;
    case 'active':
      return `about to be placed, ${queue.ahead ?? 0} before it; ${tried}`;
    case 'backoff':
      return `backs off for ${queue.seconds ?? 0} s more; ${tried}`;
    case 'unschedulable':
      return `waits until ${queue.wakes.join('; or ') || 'a node joins'}; ${tried}`;
    case 'binding':
      return 'is being bound';
    case 'gated':
      return `waits until ${queue.wakes.join('; or ')}`;
    case 'absent':
      return dryRun ? undefined : 'not in the queue of this scheduler';
  }
}

/** Which node and why; for a pod that is bound, which it would be now. */
function decisionText({ best, nodes, refusal, boundTo }: SchedulingExplanation): string {
  const [first] = best;
  if (first === undefined) return refusal ?? 'no node';
  const total = nodes.find(({ node }) => node === first)?.total;
  const most = total === undefined ? 'the highest total' : `the highest total, ${total}`;
  const chosen = best.length === 1 ? `${first}: ${most}` : `one of ${best.join(', ')} by chance: all have ${most}`;
  return boundTo === undefined ? chosen : `if it were placed now: ${chosen}`;
}

function verdictText({ node, fits }: NodeVerdict, { best }: SchedulingExplanation): string {
  if (!fits) return 'refused';
  return best.includes(node) ? 'best' : 'fits';
}

function row(verdict: NodeVerdict, explained: SchedulingExplanation): readonly string[] {
  const { node, fits, filters, scores, total } = verdict;
  const against = filters.flatMap(({ plugin, reasons }) => reasons.map((reason) => `${plugin}: ${reason}`));
  const points = scores.map(({ plugin, normalised, weight }) => `${plugin} ${normalised}×${weight}`);
  return [
    ...[node, verdictText(verdict, explained), fits ? `${total}` : '-'],
    (fits ? points : against).join(fits ? ' + ' : '; '),
  ];
}

function pluginRows(verdict: NodeVerdict, explained: SchedulingExplanation): readonly (readonly string[])[] {
  const { node, fits, filters, scores, total } = verdict;
  const plugins = [...new Set([...filters, ...scores].map(({ plugin }) => plugin))];
  return plugins.map((plugin) => {
    const filter = filters.find((one) => one.plugin === plugin);
    const score = scores.find((one) => one.plugin === plugin);
    const said = filter === undefined ? '-' : filter.reasons.length === 0 ? 'passes' : filter.reasons.join(', ');
    const numbers = score === undefined ? ['-', '-', '-'] : [score.raw ?? '-', score.normalised, score.weight];
    return [node, verdictText(verdict, explained), fits ? `${total}` : '-', plugin, said, ...numbers.map(String)];
  });
}
