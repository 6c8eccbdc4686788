/** What of a cluster is still on the machine: for the proof that nothing stays behind. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Lines that name each process, mount, network interface, packet filter rule and control group that belongs to the cluster in `dir`
 * with bridge `bridge`. Its network namespaces are mounts below `dir`.
 */
export function leftovers(dir: string, bridge: string): readonly string[] {
  return [
    ...processes(dir),
    ...lines(readFileSync('/proc/self/mounts', 'utf8'), dir).map((line) => `mount ${line}`),
    ...lines(execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }), bridge).map((line) => `interface ${line}`),
    ...lines(execFileSync('iptables-save', { encoding: 'utf8' }), bridge).map((line) => `rule ${line}`),
    ...groups(bridge).map((path) => `control group ${path}`),
  ];
}

/** In the one tree of version 2, or in each of version 1. */
function groups(name: string): readonly string[] {
  const root = '/sys/fs/cgroup';
  const trees = [root, ...readdirSync(root).map((tree) => `${root}/${tree}`)];
  return trees.map((tree) => `${tree}/${name}`).filter((path) => existsSync(path));
}

function processes(dir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(dir) ? [`process ${name} ${command}`] : [];
      } catch {
        // It ended between the listing and the reading.
        return [];
      }
    });
}

function lines(text: string, word: string): string[] {
  return text.split('\n').filter((line) => line.includes(word));
}
