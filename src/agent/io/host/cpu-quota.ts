/** The CPU quota of groups that are there, in both versions of the kernel's control groups. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CgroupMounts, hierarchyOf } from './cgroup-facts.ts';
import { quotaFiles } from './cgroup-limits.ts';

/** Microseconds each 100 ms of the first of the groups that is there; undefined without a bound or a group. */
export async function quotaOf(
  mounts: CgroupMounts,
  groups: readonly (readonly string[])[],
): Promise<number | undefined> {
  const cpu = hierarchyOf(mounts, 'cpu');
  if (cpu === undefined) return undefined;
  const file = mounts.version === 1 ? 'cpu.cfs_quota_us' : 'cpu.max';
  for (const group of groups) {
    // Version 2: `20000 100000` or `max 100000`; version 1: `20000` or `-1`.
    const text = await readFile(join(cpu.dir, ...group, file), 'utf8').catch(() => '');
    const quota = Number.parseInt(text, 10);
    if (quota > 0) return quota;
  }
  return undefined;
}

/** A group that is not there is passed over: whoever makes it bounds it. Rejects with the system's error. */
export async function writeQuota(
  mounts: CgroupMounts,
  groups: readonly (readonly string[])[],
  quota: number | undefined,
): Promise<void> {
  const cpu = hierarchyOf(mounts, 'cpu');
  if (cpu === undefined) return;
  for (const group of groups) {
    for (const { file, value } of quotaFiles(mounts.version, quota)) {
      await writeFile(join(cpu.dir, ...group, file), value).catch(unlessMissing);
    }
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
