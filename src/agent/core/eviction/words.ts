/** What is said of an eviction, in the kubelet's words. */

import { formatQuantity } from '../../../common/lib/quantity.ts';
import type { ContainerLoad, PodLoad, Share } from './pod-load.ts';
import { podShare } from './ranking.ts';
import { amountOf, type Rule } from './rules.ts';
import { kindOf, type Seen } from './seen.ts';

/** Kubernetes' names of what runs out. */
export function resourceOf({ signal }: Pick<Rule, 'signal'>): string {
  const kind = kindOf(signal);
  return kind === 'disk' ? 'ephemeral-storage' : kind;
}

/** What is said to people, and to programs that read the Event. */
export type EvictionWords = { readonly message: string; readonly annotations: Readonly<Record<string, string>> };

/**
 * `The node was low on resource: memory. Threshold quantity: 100Mi, available: 83Mi. Signal: memory.available<100Mi. Container
 * eater was using …`: the kubelet's words, and the signal. The whole pod is named where its containers do not show who used what.
 */
export function evictionWords(rule: Rule, seen: Seen, load: PodLoad): EvictionWords {
  const resource = resourceOf(rule);
  const containers = load.containers.flatMap(({ name, ...container }) => {
    const share = shareOf(container, resource);
    return share !== undefined && share.used > share.requested ? [{ name, ...share }] : [];
  });
  const whole = podShare(rule.signal, seen.separateImages, load);
  const pods = resource !== 'memory' && whole.used > whole.requested ? [{ name: load.pod.name, ...whole }] : [];
  const write = ['inodes', 'pids'].includes(resource) ? String : inBytes;
  const using = (what: string) => (one: Using) =>
    `${what} ${one.name} was using ${write(one.used)}, request is ${write(one.requested)}, has larger consumption of ${resource}. `;
  const parts = [...containers.map(using('Container')), ...pods.map(using('Pod'))];
  return {
    message: `The node was low on resource: ${resource}. ${thresholdWords(rule, seen)}${signalWords(rule)}${parts.join('')}`,
    annotations: {
      starved_resource: resource,
      ...offending('containers', containers),
      ...(pods.length === 0 ? {} : offending('pod', pods)),
    },
  };
}

type Using = Share & { readonly name: string };

/** The kubelet's annotations of the Event, which autoscalers read. */
function offending(what: string, all: readonly Using[]): EvictionWords['annotations'] {
  return {
    [`offending_${what}`]: all.map(({ name }) => name).join(','),
    [`offending_${what}_usage`]: all.map(({ used }) => quantity(used)).join(','),
  };
}

/** As the settings have it: `Signal: nodefs.available<10%. ` */
function signalWords({ signal, text, soft, window }: Rule): string {
  const sign = signal === 'memory.pressure' ? '>' : '<';
  return `Signal: ${signal}${sign}${text}${window === undefined ? '' : `/${window}s`}${soft ? ' (soft)' : ''}. `;
}

function thresholdWords(rule: Rule, { levels, stall }: Seen): string {
  if (rule.signal === 'memory.pressure') {
    const seconds = rule.window ?? 10;
    const found = stall === undefined ? '' : `, found: ${stall[seconds]}%`;
    return `Threshold: tasks waited for memory more than ${rule.text} of ${seconds}s${found}. `;
  }
  const level = levels[rule.signal];
  if (level === undefined) return '';
  const write = ['memory', 'disk'].includes(kindOf(rule.signal)) ? inBytes : String;
  const threshold = 'quantity' in rule.amount ? rule.text : write(Math.floor(amountOf(rule.amount, level.capacity)));
  return `Threshold quantity: ${threshold}, available: ${write(Math.max(0, Math.floor(level.available)))}. `;
}

function shareOf(container: Pick<ContainerLoad, 'memory' | 'disk'>, resource: string) {
  if (resource === 'memory') return container.memory;
  return resource === 'ephemeral-storage' ? container.disk : undefined;
}

const MI = 1024 * 1024;

/** A quantity for people: whole mebibytes from 10Mi on, else kibibytes. */
export function inBytes(bytes: number): string {
  const unit = bytes >= 10 * MI ? MI : bytes >= 1024 ? 1024 : 1;
  return quantity(Math.floor(bytes / unit) * unit);
}

const quantity = (whole: number) =>
  formatQuantity({ nanos: BigInt(Math.floor(whole)) * 1_000_000_000n, format: 'BinarySI' });
