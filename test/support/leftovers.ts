/** What of a cluster is still on the machine: for the proof that nothing stays behind. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Lines that name each process, mount, network interface and packet filter rule that belongs to the cluster in `dir`
 * with bridge `bridge`. Its network namespaces are mounts below `dir`.
 */
export function leftovers(dir: string, bridge: string): readonly string[] {
  return [
    ...processes(dir),
    ...lines(readFileSync('/proc/self/mounts', 'utf8'), dir).map((line) => `mount ${line}`),
    ...lines(execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }), bridge).map((line) => `interface ${line}`),
    ...lines(execFileSync('iptables-save', { encoding: 'utf8' }), bridge).map((line) => `rule ${line}`),
  ];
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
