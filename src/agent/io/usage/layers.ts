/** The writable layers of containers, and what images take. An overlay's layer is walked: the runtime's own figure is older and costs it more. Of other layers only it can tell. */
import { join } from 'node:path';
import type { Millis } from '../../../common/actor/types.ts';
import { type Cri, CriError, type FilesystemUse } from '../../ports/cri.ts';
import type { FsUsage, PodSubject } from '../../ports/usage.ts';
import { diskUsage } from './disk-walk.ts';
import type { KernelFiles } from './kernel-files.ts';
import type { RestMarks } from './rest-marks.ts';

export type Layers = {
  /** By the id of its container; nothing while nothing was found. */
  layer(id: string): FsUsage | undefined;
  images(): FilesystemUse | undefined;
  /** Those of all of these pods; `fresh`: also where nothing has run. */
  measure(pods: readonly PodSubject[], now: Millis, fresh: boolean): Promise<void>;
};

export function createLayers(options: {
  readonly files: KernelFiles;
  readonly cri: Pick<Cri, 'writableLayers' | 'imageFs'>;
  /** Where the kernel tells of processes. */
  readonly proc: string;
  /** A process of a container, for where its writable layer is. */
  pidOf(id: string): number | undefined;
  readonly marks: RestMarks;
}): Layers {
  const { files, cri, proc, pidOf, marks } = options;
  let layers: ReadonlyMap<string, FsUsage> = new Map();
  /** Where the overlays of containers write to, which stays. */
  let uppers: ReadonlyMap<string, string> = new Map();
  let images: FilesystemUse | undefined;

  function upperOf(id: string): string | undefined {
    const known = uppers.get(id);
    const pid = known === undefined ? pidOf(id) : undefined;
    return pid === undefined ? known : upperDir(files.text(join(proc, String(pid), 'mountinfo')) ?? '');
  }

  return {
    layer: (id) => layers.get(id),
    images: () => images,
    async measure(pods, now, fresh) {
      marks.retain(new Set(pods.map(({ pod }) => pod.uid)));
      const found = new Map<string, FsUsage>();
      const known = new Map<string, string>();
      const others: string[] = [];
      const all = pods.flatMap(({ pod, containers }) => {
        const rests = marks.rests(pod.uid, now, fresh);
        return containers.map(({ id }) => ({ id, before: rests ? layers.get(id) : undefined }));
      });
      for (const { id, before } of all) {
        const upper = upperOf(id);
        if (upper !== undefined) known.set(id, upper);
        const usage = before ?? (await usageOf(upper));
        if (usage === undefined) others.push(id);
        else found.set(id, usage);
      }
      uppers = known;
      const told = others.length === 0 ? undefined : await orLast(cri.writableLayers(), undefined);
      for (const id of others) {
        const layer = told?.get(id);
        const usage = layer === undefined ? layers.get(id) : sizeOf(layer);
        if (usage !== undefined) found.set(id, usage);
      }
      layers = found;
      images = await orLast(cri.imageFs(), images);
    },
  };
}

const usageOf = async (upper: string | undefined) => (upper === undefined ? undefined : await diskUsage(upper));

const sizeOf = ({ usedBytes, inodesUsed }: FilesystemUse): FsUsage => ({
  usedBytes,
  ...(inodesUsed === undefined ? {} : { inodesUsed }),
});

/** Where an overlay at a container's root writes to (proc_pid_mountinfo(5)); undefined when its root is none. */
export function upperDir(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    if (line.split(' ')[4] !== '/') continue;
    const [type, , options = ''] = (line.split(' - ')[1] ?? '').split(' ');
    const found = type === 'overlay' ? options.split(',').find((option) => option.startsWith('upperdir=/')) : undefined;
    return found?.slice('upperdir='.length);
  }
  return undefined;
}

/** While the runtime is away, what it last said. */
async function orLast<T>(question: Promise<T>, last: T): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof CriError) return last;
    throw error;
  }
}
