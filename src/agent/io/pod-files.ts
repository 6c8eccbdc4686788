/** Pods' volumes, files and logs on the device's disk, and on tmpfs where they must not reach it. */
import { constants } from 'node:fs';
import { chmod, chown, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodFiles, PodName } from '../ports.ts';
import { writeAtomically } from './atomic-volume.ts';
import { checkHostPath } from './host-path.ts';
import { mountsUnder, mountTmpfs, unmountUnder } from './mounts.ts';
import { type PodRoots, podDir, podFile, podLogDir, podOfLogDir, volumeDir } from './pod-paths.ts';

/** Bounds a volume of a ConfigMap or Secret in memory: the old and the new content, of at most 1 MiB in base64. */
const FILES_IN_MEMORY = 16 * 1024 * 1024;
/** Says in a pod's folder whose it is. */
const OWNER = 'pod';
const UNKNOWN = 'unknown';

/** What fails rejects with PodFilesError (a name or path that is refused), RunError (mount) or the system's error. */
export function createPodFiles(roots: PodRoots): PodFiles {
  const claim = async (pod: PodName): Promise<void> => {
    const dir = podDir(roots, pod);
    podLogDir(roots, pod); // refuses bad names before they are written down
    await mkdir(dir, { recursive: true, mode: 0o750 });
    await writeOnce(join(dir, OWNER), `${pod.namespace}/${pod.name}`, 0o640);
  };
  const makeVolume = async (pod: PodName, volume: string, mode: number, tmpfsBytes: number | 'disk' | undefined) => {
    await claim(pod);
    const dir = volumeDir(roots, pod, volume);
    await mkdir(dir, { recursive: true });
    if (tmpfsBytes !== 'disk' && !(await mountsUnder(dir)).includes(dir)) await mountTmpfs(dir, tmpfsBytes);
    await chmod(dir, mode);
    return dir;
  };
  return {
    logDirectory: (pod) => podLogDir(roots, pod),
    writeVolume: async (pod, volume, files, { memory, fsGroup }) => {
      const dir = await makeVolume(pod, volume, 0o755, memory ? FILES_IN_MEMORY : 'disk');
      await writeAtomically(dir, files, fsGroup);
      return dir;
    },
    makeEmptyDir: async (pod, volume, { memory, sizeLimitBytes, fsGroup }) => {
      const mode = fsGroup === undefined ? 0o777 : 0o2777;
      const dir = await makeVolume(pod, volume, mode, memory ? sizeLimitBytes : 'disk');
      if (fsGroup !== undefined) {
        await chown(dir, 0, fsGroup);
        await chmod(dir, mode); // a change of group takes the set-group-id bit away
      }
      return dir;
    },
    checkHostPath,
    writeFile: async (pod, name, content, mode = 0o644) => {
      await claim(pod);
      const path = podFile(roots, pod, name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeOnce(path, content, mode);
      return path;
    },
    readFile: (pod, name, maxBytes) => readStart(podFile(roots, pod, name), maxBytes),
    remove: async (pod) => {
      const dir = podDir(roots, pod);
      await unmountUnder(dir);
      // rm removes links themselves and never what they lead to.
      await rm(dir, { recursive: true, force: true });
      await rm(podLogDir(roots, pod), { recursive: true, force: true });
    },
    list: async () => {
      const pods = new Map<string, PodName>();
      for (const folder of await folders(roots.logDir)) {
        const pod = podOfLogDir(folder);
        if (pod !== undefined) pods.set(pod.uid, pod);
      }
      for (const uid of await folders(join(roots.dataDir, 'pods'))) {
        const owner = await readFile(join(roots.dataDir, 'pods', uid, OWNER), 'utf8').catch(() => '');
        const [namespace = '', name = ''] = owner.split('/');
        const known = pods.get(uid) ?? { namespace: namespace || UNKNOWN, name: name || UNKNOWN, uid };
        pods.set(uid, known);
      }
      return [...pods.values()];
    },
  };
}

/** Writes in place, because containers have the file itself mounted; not at all when the content is there already. */
async function writeOnce(path: string, content: string, mode: number): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === content) return;
  await writeFile(path, content);
  await chmod(path, mode);
}

async function readStart(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function folders(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
