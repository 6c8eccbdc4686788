/** What pods have on the disk: volumes, logs, writable layers. Read a minute apart but for what is new, or when somebody wants it fresh. */
import { readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { nextTurn } from '../../../common/actor/clock.ts';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import type { Cri, FilesystemUse } from '../../ports/cri.ts';
import type { FsUsage, PodSubject, PodUsage } from '../../ports/usage.ts';
import { isPodUid, podOfLogDir } from '../files/pod-paths.ts';
import { diskUsage, orGone, statOf } from './disk-walk.ts';
import type { KernelFiles } from './kernel-files.ts';
import { createLayers } from './layers.ts';
import { createRestMarks } from './rest-marks.ts';

export type PodOnDisk = {
  readonly volumes: PodUsage['volumes'];
  /** By the name of the container. */
  readonly logs: ReadonlyMap<string, FsUsage>;
};
/** What was found is told by pod, by container and for all images; nothing while nothing was found. */
export type PodDisk = {
  pod(uid: string): PodOnDisk | undefined;
  /** The writable layer of a container, by its id. */
  layer(id: string): FsUsage | undefined;
  /** What images take, and where. */
  images(): FilesystemUse | undefined;
  /** Measures all of these pods anew. */
  fresh(pods: readonly PodSubject[]): Promise<void>;
  /** Has what is a minute old measured anew, behind what goes on: a slow disk holds nobody up. Rejects when that has failed before. */
  renew(pods: readonly PodSubject[]): Promise<void>;
};

const EVERY: Millis = 60_000;
/** What is new mostly grows at once: it is measured a second time so long after the first. */
const SOON: Millis = 10_000;
/** tmpfs, of statfs(2). */
const IN_MEMORY = 0x01021994;

export function createPodDisk(options: {
  readonly files: KernelFiles;
  readonly cri: Pick<Cri, 'writableLayers' | 'imageFs'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Of the pods, and that of their logs. */
  readonly dataDir: string;
  readonly logDir: string;
  /** Where the kernel tells of processes. */
  readonly proc: string;
  /** A process of a container, for where its writable layer is. */
  pidOf(id: string): number | undefined;
  /** The CPU that a pod has used so far, as it was read last. */
  cpuOf(uid: string): number | undefined;
}): PodDisk {
  const { files, cri, clock, dataDir, logDir, proc, pidOf, cpuOf } = options;
  let wanted: readonly PodSubject[] = [];
  let running: Promise<void> | undefined;
  let done = true;
  const pods = new Map<string, { readonly found: PodOnDisk; readonly next: Millis }>();
  const marks = createRestMarks(cpuOf);
  const layers = createLayers({ files, cri, proc, pidOf, marks: createRestMarks(cpuOf) });
  let asked = Number.NEGATIVE_INFINITY;

  async function volumesOf(uid: string): Promise<PodUsage['volumes']> {
    if (!isPodUid(uid)) return [];
    const dir = join(dataDir, 'pods', uid, 'volumes');
    const own = statOf(dir)?.dev;
    const found: PodUsage['volumes'][number][] = [];
    for (const name of foldersIn(dir)) {
      const path = join(dir, name);
      const mounted = statOf(path)?.dev !== own;
      const usage = mounted ? inMemory(path) : await diskUsage(path);
      if (usage !== undefined) found.push({ name, medium: mounted ? 'memory' : 'disk', ...usage });
    }
    return found;
  }
  async function logsOf({ pod: { namespace, name, uid } }: PodSubject): Promise<ReadonlyMap<string, FsUsage>> {
    const folder = `${namespace}_${name}_${uid}`;
    const logs = new Map<string, FsUsage>();
    if (podOfLogDir(folder) === undefined) return logs;
    const dir = join(logDir, folder);
    for (const container of foldersIn(dir)) {
      const usage = await diskUsage(join(dir, container));
      if (usage !== undefined) logs.set(container, usage);
    }
    return logs;
  }
  /** Whether there was one to measure. */
  async function measurePod(subject: PodSubject, now: Millis, fresh: boolean): Promise<boolean> {
    const { uid } = subject.pod;
    const before = pods.get(uid);
    if (!fresh && before !== undefined && before.next > now) return false;
    const next = now + (before === undefined ? SOON : EVERY);
    if (before !== undefined && marks.rests(uid, now, fresh)) {
      pods.set(uid, { ...before, next });
      return false;
    }
    pods.set(uid, { next, found: { volumes: await volumesOf(uid), logs: await logsOf(subject) } });
    await nextTurn();
    return true;
  }
  async function measure(fresh: boolean): Promise<void> {
    const now = clock.now();
    const uids = new Set(wanted.map(({ pod }) => pod.uid));
    for (const uid of pods.keys()) if (!uids.has(uid)) pods.delete(uid);
    marks.retain(uids);
    let wait = EVERY;
    for (const subject of wanted) if (await measurePod(subject, now, fresh)) wait = SOON;
    if (!fresh && asked + wait > now) return;
    asked = now;
    await layers.measure(wanted, now, fresh);
  }

  return {
    pod: (uid) => pods.get(uid)?.found,
    layer: layers.layer,
    images: layers.images,
    async fresh(subjects) {
      wanted = subjects;
      await running;
      running = undefined;
      await measure(true);
    },
    async renew(subjects) {
      wanted = subjects;
      if (running !== undefined && !done) return;
      // What it failed with, if it has.
      await running;
      done = false;
      running = measure(false).finally(() => {
        done = true;
      });
      running.catch(() => {}); // told at the next look
    },
  };
}

/** The agent makes them: few, and only folders. */
const foldersIn = (dir: string): readonly string[] =>
  (orGone(() => readdirSync(dir, { withFileTypes: true })) ?? [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Of a volume that is a file system in memory; undefined for one that is elsewhere. */
function inMemory(path: string): FsUsage | undefined {
  const found = orGone(() => statfsSync(path));
  if (found === undefined || found.type !== IN_MEMORY) return undefined;
  const { bsize, blocks, bfree, bavail, files, ffree } = found;
  const [capacityBytes, availableBytes] = [blocks * bsize, bavail * bsize];
  return {
    usedBytes: (blocks - bfree) * bsize,
    capacityBytes,
    availableBytes,
    inodes: files,
    inodesFree: ffree,
    inodesUsed: files - ffree,
  };
}
