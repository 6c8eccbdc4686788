/**
 * What pods and their containers use now. Where the group of a container is is found out once, by its first process: whatever
 * the driver is that makes groups, and also where pods have none. Ids that the runtime tells do not become paths.
 */
import { readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cri, CriError } from '../../ports/cri.ts';
import type { ContainerSubject, ContainerUsage, GroupUsage, InterfaceUsage, PodSubject } from '../../ports/usage.ts';
import { groupsOfProcess } from './cgroup-values.ts';
import { createGroupReader, type GroupReader, type Kernel } from './group-reader.ts';
import { createKeptValues } from './kept-values.ts';
import type { KernelFile } from './kernel-files.ts';
import { interfaces } from './proc-files.ts';

/** What the kernel tells of a pod: its containers that still are, in their order. The very same as before while nothing has changed. */
export type PodFound = {
  readonly group?: GroupUsage;
  readonly cgroup?: string;
  readonly containers: readonly (GroupUsage & Pick<ContainerUsage, 'id' | 'name' | 'image' | 'startedAtWall'>)[];
  readonly network?: readonly InterfaceUsage[];
};
export type PodReaders = {
  /** Finds out where those are that are new; one that the runtime can not tell now is looked for again at the next look. */
  locate(pods: readonly PodSubject[]): Promise<void>;
  read(pod: PodSubject): PodFound;
  /** A process of a container that was located; undefined where there is none. */
  pidOf(containerId: string): number | undefined;
  close(): void;
};
type Located = {
  readonly pid: number;
  readonly reader: GroupReader;
  readonly startedAtWall: number | undefined;
  /** In the device's network namespace. */
  readonly hostNetwork: boolean;
};

/** What the file told last. */
type Network = { readonly file: KernelFile; readonly text: string; readonly usage: readonly InterfaceUsage[] };

/** Questions to the runtime at once. */
const AT_ONCE = 8;
const MILLIS_A_TICK = 10;

/** `bootAtWall` tells when the device was started; `proc` is where the kernel tells of processes. */
export function createPodReaders(
  kernel: Kernel,
  cri: Pick<Cri, 'containerPid'>,
  bootAtWall: () => number,
  proc: string,
): PodReaders {
  const { files } = kernel;
  const containers = new Map<string, Located>();
  const pods = new Map<string, { readonly cgroup: string; readonly reader: GroupReader }>();
  const networks = new Map<string, Network>();
  const founds = createKeptValues<PodFound>();

  async function locateOne({ pod }: PodSubject, { id }: ContainerSubject): Promise<void> {
    const pid = await pidFrom(cri, id);
    const paths = pid === undefined ? undefined : groupsOfProcess(files.text(join(proc, String(pid), 'cgroup')) ?? '');
    // Another process may have the number by now.
    if (pid === undefined || paths === undefined || ![...paths.values()].some((path) => path.includes(id))) return;
    const own = (controller: string) => {
      const path = paths.get(controller);
      return path?.includes(id) ? path : undefined;
    };
    const reader = createGroupReader(kernel, own, 'container');
    containers.set(id, { pid, reader, startedAtWall: startOf(pid), hostNetwork: inNetworkOfDevice(pid) });
    const above = (controller: string) => {
      const path = own(controller);
      return path !== undefined && isOfPod(dirname(path), pod.uid) ? dirname(path) : undefined;
    };
    const cgroup = [...paths.keys()].map(above).find((path) => path !== undefined);
    if (cgroup !== undefined && !pods.has(pod.uid)) {
      pods.set(pod.uid, { cgroup, reader: createGroupReader(kernel, above, 'inner') });
    }
  }
  /** proc_pid_stat(5), field 22. */
  function startOf(pid: number): number | undefined {
    const text = files.text(join(proc, String(pid), 'stat')) ?? '';
    const ticks = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? Number.NaN);
    return Number.isNaN(ticks) ? undefined : bootAtWall() + ticks * MILLIS_A_TICK;
  }
  function inNetworkOfDevice(pid: number): boolean {
    try {
      return readlinkSync(join(proc, String(pid), 'ns/net')) === readlinkSync(join(proc, 'self/ns/net'));
    } catch (error) {
      if (error instanceof Error && 'code' in error) return true; // it has ended: nothing is told of its network
      throw error;
    }
  }
  /** Any process of the pod tells of its network; one file serves as long as its sandbox does. */
  function networkOf(sandboxId: string, located: readonly Located[]): readonly InterfaceUsage[] | undefined {
    if (located.some(({ hostNetwork }) => hostNetwork)) return undefined;
    const known = networks.get(sandboxId);
    const now = known?.file.read();
    if (known !== undefined && now !== undefined) {
      if (now === known.text) return known.usage;
      const usage = interfaces(now, isOuter);
      networks.set(sandboxId, { file: known.file, text: now, usage });
      return usage;
    }
    networks.delete(sandboxId);
    for (const { pid } of located) {
      const file = files.file(join(proc, String(pid), 'net'), 'dev');
      const text = file.read();
      if (text === undefined) continue;
      const usage = interfaces(text, isOuter);
      networks.set(sandboxId, { file, text, usage });
      return usage;
    }
    return undefined;
  }
  function forget(subjects: readonly PodSubject[]): void {
    const ids = new Set(subjects.flatMap((subject) => subject.containers.map(({ id }) => id)));
    const uids = new Set(subjects.map(({ pod }) => pod.uid));
    for (const [id, { reader }] of containers) {
      if (ids.has(id)) continue;
      reader.close();
      containers.delete(id);
    }
    // An open one keeps the network of a pod that has ended until now.
    const sandboxes = new Set(subjects.map(({ sandboxId }) => sandboxId));
    for (const [id, { file }] of networks) {
      if (sandboxes.has(id)) continue;
      file.close();
      networks.delete(id);
    }
    founds.retain(uids);
    for (const [uid, { reader }] of pods) {
      if (uids.has(uid)) continue;
      reader.close();
      pods.delete(uid);
    }
  }

  return {
    pidOf: (id) => containers.get(id)?.pid,
    async locate(subjects) {
      forget(subjects);
      const unknown = subjects.flatMap((subject) =>
        subject.containers.filter(({ id }) => !containers.has(id)).map((container) => ({ subject, container })),
      );
      for (let at = 0; at < unknown.length; at += AT_ONCE) {
        const some = unknown.slice(at, at + AT_ONCE);
        await Promise.all(some.map(({ subject, container }) => locateOne(subject, container)));
      }
    },
    read({ pod, sandboxId, containers: subjects }) {
      const own = pods.get(pod.uid);
      const group = own?.reader.read();
      const all = subjects.map((subject) => {
        const located = containers.get(subject.id);
        return { subject, located, usage: located?.reader.read(own?.reader.rests()) };
      });
      const alive = all.filter(({ located, usage }) => located === undefined || usage !== undefined);
      const network = networkOf(
        sandboxId,
        alive.flatMap(({ located }) => located ?? []),
      );
      const parts = [
        own,
        group,
        network,
        ...alive.flatMap(({ subject, located, usage }) => [subject.id, located, usage]),
      ];
      return founds.of(pod.uid, parts, () => ({
        containers: alive.map(({ subject: { id, name, image, createdAtWall }, located, usage }) => ({
          ...{ id, name, image, startedAtWall: located?.startedAtWall ?? createdAtWall },
          ...usage,
        })),
        ...(own === undefined ? {} : { cgroup: own.cgroup }),
        ...(group === undefined ? {} : { group }),
        ...(network === undefined ? {} : { network }),
      }));
    },
    close() {
      forget([]);
    },
  };
}

const isOuter = (name: string): boolean => name !== 'lo';

/** The group of a pod is named by its uid, with the driver systemd without dashes. */
const isOfPod = (path: string, uid: string): boolean =>
  [uid, uid.replaceAll('-', '_')].some((name) => path.slice(path.lastIndexOf('/')).includes(`pod${name}`));

/** Undefined while the runtime can not tell. */
async function pidFrom(cri: Pick<Cri, 'containerPid'>, id: string): Promise<number | undefined> {
  try {
    return await cri.containerPid(id);
  } catch (error) {
    if (error instanceof CriError) return undefined;
    throw error;
  }
}
