/** Usage for real: the kernel's control groups and /proc, the runtime for what only it knows. */
import { join } from 'node:path';
import { realClock } from '../../../common/actor/clock.ts';
import type { Clock } from '../../../common/actor/types.ts';
import type { Cri } from '../../ports/cri.ts';
import { type GroupUsage, type PodSubject, type PodUsage, type Usage, UsageError } from '../../ports/usage.ts';
import { cgroupMounts } from '../host/cgroup-facts.ts';
import { createGroupReader } from './group-reader.ts';
import { sumOfGroups } from './group-sum.ts';
import { createKeptValues } from './kept-values.ts';
import { createKernelFiles } from './kernel-files.ts';
import { createNodeReader } from './node-reader.ts';
import { createPodDisk } from './pod-disk.ts';
import { createPodReaders, type PodFound } from './pod-readers.ts';
import { createSystemParts } from './system-parts.ts';

export type UsageOptions = {
  readonly cri: Pick<Cri, 'containerPid' | 'writableLayers' | 'imageFs'>;
  /** The runtime's. */
  readonly socket: string;
  /** Volumes of pods are below it. */
  readonly dataDir: string;
  readonly logDir: string;
  /** The group below which that of all pods is. */
  readonly cgroupRoot: string;
  /** Default: the real one. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Stands before the kernel's paths, for tests. */
  readonly fileRoot?: string;
};

/** Reads at once what the kernel has; nothing is kept open before the first look. */
export async function createUsage(options: UsageOptions): Promise<Usage> {
  const { cri, socket, dataDir, logDir, cgroupRoot, clock = realClock, fileRoot = '/' } = options;
  const files = createKernelFiles();
  const proc = join(fileRoot, 'proc');
  const mounts = await cgroupMounts(fileRoot);
  const node = createNodeReader(files, dataDir, fileRoot);
  const kernel = { files, mounts, nameOf: node.nameOf };
  const root = createGroupReader(kernel, () => '/', 'inner');
  const readers = createPodReaders(kernel, cri, node.bootAtWall, proc);
  let cpus: ReadonlyMap<string, number | undefined> = new Map();
  const disk = createPodDisk({
    ...{ files, cri, clock, dataDir, logDir, proc, pidOf: readers.pidOf },
    cpuOf: (uid) => cpus.get(uid),
  });
  const system = createSystemParts({ kernel, cgroupRoot, socket, proc });

  const usages = createKeptValues<PodUsage>();

  const podUsage = (subject: PodSubject): PodUsage => {
    const { pod, sandboxId, createdAtWall } = subject;
    const [found, onDisk] = [readers.read(subject), disk.pod(pod.uid)];
    const parts = [sandboxId, found, onDisk, ...found.containers.map(({ id }) => disk.layer(id))];
    return usages.of(pod.uid, parts, () => ({
      pod,
      sandboxId,
      ...(found.cgroup === undefined ? {} : { cgroup: found.cgroup }),
      startedAtWall: createdAtWall,
      ...ofPod(found),
      containers: found.containers.map((container) => {
        const [rootfs, logs] = [disk.layer(container.id), onDisk?.logs.get(container.name)];
        return { ...container, ...(rootfs === undefined ? {} : { rootfs }), ...(logs === undefined ? {} : { logs }) };
      }),
      ...(found.network === undefined ? {} : { network: found.network }),
      volumes: onDisk?.volumes ?? [],
    }));
  };

  return {
    read: (subjects, wanted) =>
      withWords(async () => {
        await readers.locate(subjects);
        usages.retain(new Set(subjects.map(({ pod }) => pod.uid)));
        await (wanted === 'fresh' ? disk.fresh(subjects) : disk.renew(subjects));
        const pods = subjects.map(podUsage);
        cpus = new Map(pods.map(({ pod, cpu }) => [pod.uid, cpu?.usageNanos]));
        return { node: node.read(root.read(), disk.images()), pods, system: await system.read(pods) };
      }),
    close() {
      for (const part of [node, root, readers, system]) part.close();
    },
  };
}

/** What the pod's own group counts, beside the processes, which are those of its containers. Without such a group all is its containers'. */
function ofPod({ group, containers }: PodFound): GroupUsage {
  if (group === undefined) return sumOfGroups(containers);
  if (group.processes === undefined) return group;
  const processes = containers.reduce((sum, container) => sum + (container.processes?.processes ?? 0), 0);
  return { ...group, processes: { ...group.processes, processes } };
}

/** What the system refuses, such as one more open file, is a failure of this look; the next one may succeed. */
async function withWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError('failed', error.message, { cause: error });
  }
}
