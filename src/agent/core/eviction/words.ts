/** What is said of an eviction, in the kubelet's words. */

import { formatQuantity } from '../../../common/lib/quantity.ts';
import type { ContainerLoad, PodLoad } from './pod-load.ts';
import { amountOf, type Rule } from './rules.ts';
import { kindOf, type Seen } from './seen.ts';

/** Kubernetes' names of what runs out. */
export function resourceOf({ signal }: Pick<Rule, 'signal'>): string {
  const kind = kindOf(signal);
  return kind === 'disk' ? 'ephemeral-storage' : kind;
}

/** `The node was low on resource: memory. Threshold quantity: 100Mi, available: 83Mi. Container eater was using …` */
export function evictionMessage(rule: Rule, seen: Seen, { containers }: PodLoad): string {
  const resource = resourceOf(rule);
  const using = containers.flatMap((container) => {
    const share = shareOf(container, resource);
    if (share === undefined || share.used <= share.requested) return [];
    const [used, request] = [inBytes(share.used), inBytes(share.requested)];
    return `Container ${container.name} was using ${used}, request is ${request}, has larger consumption of ${resource}. `;
  });
  return `The node was low on resource: ${resource}. ${thresholdWords(rule, seen)}${using.join('')}`;
}

function thresholdWords(rule: Rule, { levels, stall }: Seen): string {
  if (rule.signal === 'memory.pressure') {
    const seconds = rule.window ?? 10;
    const found = stall === undefined ? '' : `, found: ${stall[seconds]}%`;
    return `Threshold: tasks waited for memory ${rule.text} of ${seconds}s${found}. `;
  }
  const level = levels[rule.signal];
  if (level === undefined) return '';
  const write = ['memory', 'disk'].includes(kindOf(rule.signal)) ? inBytes : String;
  const quantity = 'quantity' in rule.amount ? rule.text : write(Math.floor(amountOf(rule.amount, level.capacity)));
  return `Threshold quantity: ${quantity}, available: ${write(Math.max(0, Math.floor(level.available)))}. `;
}

function shareOf(container: ContainerLoad, resource: string) {
  if (resource === 'memory') return container.memory;
  return resource === 'ephemeral-storage' ? container.disk : undefined;
}

const MI = 1024 * 1024;

/** A quantity for people: whole mebibytes from 10Mi on, else kibibytes. */
export function inBytes(bytes: number): string {
  const unit = bytes >= 10 * MI ? MI : bytes >= 1024 ? 1024 : 1;
  return formatQuantity({ nanos: BigInt(Math.floor(bytes / unit) * unit) * 1_000_000_000n, format: 'BinarySI' });
}
