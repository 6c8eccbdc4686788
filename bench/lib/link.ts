/** What has crossed a process's TCP connections to NATS, headers included, as the kernel counted it. */

import { execFileSync } from 'node:child_process';

/** IPv4 and TCP headers of a segment with timestamps, in bytes. */
const headers = 52;

/** Bytes both ways on the connections of `pid` to `port`, since they were opened. */
export function linkBytes(pid: number, port: number): number {
  const lines = execFileSync('ss', ['-tinpH', `dport = :${port}`], { encoding: 'utf8' }).split('\n');
  let sum = 0;
  for (const [index, line] of lines.entries()) {
    if (!line.includes(`pid=${pid},`)) continue;
    const info = lines[index + 1] ?? '';
    const field = (name: string): number => Number(new RegExp(`\\b${name}:(\\d+)`).exec(info)?.[1] ?? 0);
    sum += field('bytes_acked') + field('bytes_received') + headers * (field('segs_out') + field('segs_in'));
  }
  return sum;
}
