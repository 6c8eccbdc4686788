/** Pods' volumes, files and logs on the device's disk, and on tmpfs where they must not reach it. */
import { constants } from 'node:fs';
import { chmod, chown, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type PodFiles, PodFilesError, type PodName } from '../../ports/pod-files.ts';
import { writeAtomically } from './atomic-volume.ts';
import { withWords } from './files-errors.ts';
import { checkHostPath } from './host-path.ts';
import { isMountPoint, mountsUnder, mountTmpfs, unmountUnder } from './mounts.ts';
import {
  isPodUid,
  type PodRoots,
  podDir,
  podFile,
  podLogDir,
  podOfLogDir,
  subPathPlace,
  volumeDir,
} from './pod-paths.ts';
import { bindInside } from './sub-path.ts';

/** Bounds a volume of files in memory: the old and the new content of its objects, each of at most 1 MiB. */
const FILES_IN_MEMORY = 64 * 1024 * 1024;
/** Says in a pod's folder whose it is. */
const OWNER = 'pod';
const UNKNOWN = 'unknown';

export function createPodFiles(roots: PodRoots): PodFiles {
  const claim = async (pod: PodName): Promise<void> => {
    const dir = podDir(roots, pod);
    podLogDir(roots, pod); // refuses bad names before they are written down
    await mkdir(dir, { recursive: true, mode: 0o750 });
    await writeOnce(join(dir, OWNER), `${pod.namespace}/${pod.name}`, 0o640);
  };
  /** `memoryBytes` bounds a volume in memory. */
  const makeVolume = async (pod: PodName, volume: string, mode: number, memoryBytes: number | undefined) => {
    await claim(pod);
    const dir = volumeDir(roots, pod, volume);
    await mkdir(dir, { recursive: true });
    if (memoryBytes !== undefined && !(await isMountPoint(dir))) await mountTmpfs(dir, memoryBytes);
    await chmod(dir, mode);
    return dir;
  };
  const inPod = async <T>(pod: PodName, what: string, work: () => Promise<T>): Promise<T> =>
    await withWords(what, podDir(roots, pod), work);
  return {
    logDirectory: (pod) => podLogDir(roots, pod),
    writeVolume: (pod, volume, files, { memory, fsGroup }) =>
      inPod(pod, 'files can not be written', async () => {
        const dir = await makeVolume(pod, volume, 0o755, memory ? FILES_IN_MEMORY : undefined);
        await writeAtomically(dir, files, fsGroup);
        return dir;
      }),
    makeEmptyDir: (pod, volume, { memoryBytes, fsGroup }) =>
      inPod(pod, 'the directory can not be made', async () => {
        const dir = await makeVolume(pod, volume, 0o777, memoryBytes);
        if (fsGroup !== undefined) await shareWith(dir, fsGroup);
        return dir;
      }),
    bindSubPath: (pod, where) =>
      inPod(pod, `subPath ${where.path} of volume ${where.volume}`, async () => {
        await claim(pod);
        const target = subPathPlace(roots, pod, where);
        await bindInside(where.root, where.path, target);
        return target;
      }),
    checkHostPath: (path, type) => withWords(`hostPath ${path}`, path, () => checkHostPath(path, type)),
    writeFile: (pod, name, content, mode = 0o644) =>
      inPod(pod, `file ${name} can not be written`, async () => {
        await claim(pod);
        const path = podFile(roots, pod, name);
        await mkdir(dirname(path), { recursive: true });
        await writeOnce(path, content, mode);
        return path;
      }),
    readFile: (pod, name, maxBytes) =>
      inPod(pod, `file ${name} can not be read`, () => readStart(podFile(roots, pod, name), maxBytes)),
    removeVolumes: (pod) =>
      inPod(pod, 'the volumes can not be removed', async () => {
        const dir = podDir(roots, pod);
        await unmountUnder(dir);
        for (const part of ['volumes', 'subpaths']) await removeTree(join(dir, part));
      }),
    remove: (pod) =>
      inPod(pod, 'the directories can not be removed', async () => {
        const dir = podDir(roots, pod);
        await unmountUnder(dir);
        await removeTree(dir);
        await rm(podLogDir(roots, pod), { recursive: true, force: true });
      }),
    list: () => withWords('the directories of pods can not be listed', roots.dataDir, () => podsIn(roots)),
  };
}

/** The group owns the folder and what is made in it. A change of group takes the set-group-id bit away, so it comes last. */
async function shareWith(dir: string, group: number): Promise<void> {
  await chown(dir, 0, group);
  await chmod(dir, 0o2777);
}

/** Removes links themselves and never what they lead to, and nothing at all while something is mounted there. */
async function removeTree(dir: string): Promise<void> {
  const [mounted] = await mountsUnder(dir);
  if (mounted !== undefined) throw new PodFilesError(`the directories can not be removed: ${mounted} is mounted again`);
  await rm(dir, { recursive: true, force: true });
}

/** By their log folders and by their own. */
async function podsIn(roots: PodRoots): Promise<readonly PodName[]> {
  const pods = new Map<string, PodName>();
  for (const folder of await folders(roots.logDir)) {
    const pod = podOfLogDir(folder);
    if (pod !== undefined) pods.set(pod.uid, pod);
  }
  const own = join(roots.dataDir, 'pods');
  for (const uid of (await folders(own)).filter(isPodUid)) {
    if (pods.has(uid)) continue;
    const owner = await readFile(join(own, uid, OWNER), 'utf8').catch(() => '');
    const [namespace = '', name = ''] = owner.split('/');
    pods.set(uid, { namespace: namespace || UNKNOWN, name: name || UNKNOWN, uid });
  }
  return [...pods.values()];
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
