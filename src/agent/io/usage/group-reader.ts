/**
 * What one control group uses, with what is below it, on a kernel with either version or with both. A group in which nothing
 * has run since is not read again, but for each sixth look: most groups rest at most times (cAdvisor looks at those less often).
 */
import { join } from 'node:path';
import type { GroupUsage, Pressure, ProcessCount } from '../../ports/usage.ts';
import { type CgroupMounts, hierarchyOf } from '../host/cgroup-facts.ts';
import { lineCount, type NameOf, single } from './cgroup-values.ts';
import { LOOKS_BETWEEN, type Open, type Signs, seldom, version1, version2 } from './group-files.ts';
import type { KernelFile, KernelFiles } from './kernel-files.ts';
import { pressure } from './proc-files.ts';

export type GroupReader = {
  /** Undefined when there is no such group (any more); the very same as before while nothing has changed. `restsAbove`: nothing has run in a group above it. */
  read(restsAbove?: boolean): GroupUsage | undefined;
  /** Whether nothing had run in it at the last look, nor in what is below it. */
  rests(): boolean;
  close(): void;
};
/** Its path in the tree of a controller, `` being that of version 2; undefined where it is in none. */
export type GroupPath = (controller: string) => string | undefined;
/** Processes are counted in the groups of containers only: those above have none of their own. */
export type GroupKind = 'container' | 'inner';

/** What readers of groups share. */
export type Kernel = { readonly files: KernelFiles; readonly mounts: CgroupMounts; readonly nameOf: NameOf };

export function createGroupReader({ files, mounts, nameOf }: Kernel, path: GroupPath, kind: GroupKind): GroupReader {
  const opened: KernelFile[] = [];
  let looks = 0;
  const kept = (dir: string | undefined, name: string): (() => string | undefined) => {
    if (dir === undefined) return nothing;
    const file = files.file(dir, name);
    opened.push(file);
    return () => file.read();
  };
  const folder = (top: string | undefined, own: string | undefined): string | undefined =>
    top === undefined || own === undefined ? undefined : join(top, own);
  const unifiedDir = (mounts.version === 2 ? mounts.hierarchies[0] : unifiedOf(mounts))?.dir;
  const of = (controller: string): Open => {
    const second = mounts.version === 2;
    const dir = folder(second ? unifiedDir : hierarchyOf(mounts, controller)?.dir, path(second ? '' : controller));
    return {
      often: (name) => kept(dir, name),
      seldom: (name) => seldom(dir === undefined ? nothing : () => files.text(`${dir}/${name}`), () => looks),
    };
  };
  const inUnified = folder(unifiedDir, path(''));
  const unified = (name: string) => kept(inUnified, name);
  const readers =
    mounts.version === 2 ? version2(of(''), nameOf, kind === 'container') : version1(of, nameOf, kind === 'container');
  const processes = kind === 'inner' ? undefined : of('pids').seldom('cgroup.procs');
  const tasks = of('pids').often('pids.current');
  const stalls = { cpu: unified('cpu.pressure'), memory: unified('memory.pressure'), io: unified('io.pressure') };

  const whole = (signs: Signs): GroupUsage | undefined => {
    const [cpu, memory, disks] = [readers.cpu(signs), readers.memory(signs), readers.disks(signs)];
    const threads = single(tasks());
    const count = countOf(processes?.(threads), threads);
    if (cpu === undefined && memory === undefined && count === undefined) return undefined;
    return withStalls({
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
      ...(disks === undefined ? {} : { io: { disks } }),
      ...(count === undefined ? {} : { processes: count }),
    });
  };
  const withStalls = ({ cpu, memory, io, ...rest }: GroupUsage): GroupUsage => ({
    ...(cpu === undefined ? {} : { cpu: withPressure(cpu, stalls.cpu()) }),
    ...(memory === undefined ? {} : { memory: withPressure(memory, stalls.memory()) }),
    ...(io === undefined ? {} : { io: withPressure(io, stalls.io()) }),
    ...rest,
  });
  let last: { readonly signs: Signs; readonly usage: GroupUsage; readonly at: number } | undefined;
  let rests = false;

  return {
    rests: () => rests,
    read(restsAbove = false) {
      looks += 1;
      const known = last !== undefined && looks - last.at < LOOKS_BETWEEN ? last : undefined;
      const signs = known !== undefined && restsAbove ? known.signs : readers.signs();
      rests = known !== undefined && isSame(signs, known.signs);
      if (last !== undefined && rests) {
        if (isStalling(last.usage)) last = { ...last, usage: withStalls(last.usage) };
        return last.usage;
      }
      const usage = whole(signs);
      last = usage === undefined ? undefined : { signs, usage, at: looks };
      return usage;
    },
    close() {
      for (const file of opened) file.close();
    },
  };
}

/** Nothing has run: what else the kernel tells of the group is what it was. A group that is gone has no signs. */
const isSame = (now: Signs, before: Signs): boolean =>
  now.cpu !== undefined && now.cpu === before.cpu && now.memory === before.memory && now.disks === before.disks;

/** The averages of stalls go on falling when nothing runs any more; the shortest soon. */
const isStalling = ({ cpu, memory, io }: GroupUsage): boolean =>
  [cpu, memory, io].some((part) => (part?.pressure?.some.avg10 ?? 0) > 0);

const nothing = () => undefined;

function withPressure<T extends object>(usage: T, text: string | undefined): T & { readonly pressure?: Pressure } {
  const stalls = pressure(text ?? '');
  return stalls === undefined ? usage : { ...usage, pressure: stalls };
}

/** A group without processes has no container any more, or is above them. */
function countOf(processes: string | undefined, threads: number | undefined): ProcessCount | undefined {
  if (processes === undefined) return threads === undefined ? undefined : { processes: threads, threads };
  return { processes: lineCount(processes), ...(threads === undefined ? {} : { threads }) };
}

/** Beside version 1's trees there may be one of version 2 without controllers: it tells of stalls. */
const unifiedOf = ({ hierarchies }: CgroupMounts) => hierarchies.find(({ controllers }) => controllers.size === 0);
