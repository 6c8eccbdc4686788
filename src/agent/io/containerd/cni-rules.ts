/** Takes away what CNI's bridge and portmap plugins leave in iptables' nat table when a pod was not ended properly. */
import { run } from '../run.ts';

/**
 * Arguments for iptables, in order, that remove one network's rules and chains. `saved` is what `iptables-save -t nat`
 * prints. The chains that portmap shares between networks go once no port is mapped by anyone.
 */
export function removalOf(network: string, saved: string): readonly (readonly string[])[] {
  const lines = saved.split('\n').map((line) => line.trim());
  const rules = lines.filter((line) => line.startsWith('-A '));
  const mine = rules.filter((rule) => rule.includes(`name: \\"${network}\\"`));
  // A removal that was interrupted leaves a chain that nothing jumps to any more.
  const chains = new Set(mine.flatMap((rule) => [...targetOf(rule), ...chainOf(words(rule)[1] ?? '')]));
  const flushed = [...chains].map((chain) => ['-F', chain]);
  const jumps = rules.filter((rule) => targetOf(rule).some((chain) => chains.has(chain)));
  const removed = [...chains].map((chain) => ['-X', chain]);
  const portMaps = rules.filter((rule) => rule.startsWith('-A CNI-HOSTPORT-DNAT ') && !jumps.includes(rule));
  return [
    ...jumps.map((rule) => ['-D', ...words(rule).slice(1)]),
    ...flushed,
    ...removed,
    ...(portMaps.length === 0 ? sharedRemoval(lines, rules) : []),
  ];
}

function sharedRemoval(lines: readonly string[], rules: readonly string[]): string[][] {
  const shared = ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-MASQ', 'CNI-HOSTPORT-SETMARK'];
  const there = shared.filter((chain) => lines.some((line) => line.startsWith(`:${chain} `)));
  const jumps = rules.filter((rule) => targetOf(rule).length === 0 && there.includes(jumpOf(rule)));
  return [
    ...jumps.map((rule) => ['-D', ...words(rule).slice(1)]),
    ...there.map((chain) => ['-F', chain]),
    ...there.map((chain) => ['-X', chain]),
  ];
}

function jumpOf(rule: string): string {
  return / -j (\S+)/.exec(rule)?.[1] ?? '';
}

/** The chain of one container that a rule jumps to, if it does. */
function targetOf(rule: string): string[] {
  return chainOf(jumpOf(rule));
}

function chainOf(name: string): string[] {
  return /^CNI-(DN-)?[0-9a-f]{16,}$/.test(name) ? [name] : [];
}

/** Splits a saved rule as iptables-restore does: double quotes group, a backslash inside them escapes. */
function words(rule: string): string[] {
  return [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1'),
  );
}

/** Removes the network's rules and chains, if there are any. Rejects with RunError. */
export async function removeCniRules(network: string): Promise<void> {
  const saved = await run('iptables-save', ['-t', 'nat']);
  for (const args of removalOf(network, saved)) await run('iptables', ['-w', '-t', 'nat', ...args]);
}
