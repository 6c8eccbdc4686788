/** The directories of pods, in memory. */

import {
  type PodRoots,
  podDir,
  podFile,
  podLogDir,
  subPathPlace,
  volumeDir,
  volumePathParts,
} from '../../src/agent/io/files/pod-paths.ts';
import {
  type PodFiles,
  PodFilesError,
  type PodName,
  type SubPath,
  type VolumeFile,
} from '../../src/agent/ports/pod-files.ts';

const roots: PodRoots = { dataDir: '/', logDir: '/logs' };

export class FakePodFiles implements PodFiles {
  /** Files by path; a volume's under its host path. */
  readonly contents = new Map<string, string>();
  /** Answers with an error to have a call fail, as on a full disk. */
  failing: (method: 'writeVolume' | 'writeFile' | 'list' | 'remove') => PodFilesError | undefined = () => undefined;
  readonly #pods = new Map<string, PodName>();

  logDirectory(pod: PodName): string {
    return podLogDir(roots, pod);
  }

  async writeVolume(pod: PodName, volume: string, files: readonly VolumeFile[]): Promise<string> {
    this.#refuse('writeVolume');
    const root = this.#at(pod, volumeDir(roots, pod, volume));
    this.#clear(`${root}/`);
    for (const { path, content } of files) {
      this.contents.set([root, ...volumePathParts(path)].join('/'), Buffer.from(content).toString());
    }
    return root;
  }

  async makeEmptyDir(pod: PodName, volume: string): Promise<string> {
    return this.#at(pod, volumeDir(roots, pod, volume));
  }

  async bindSubPath(pod: PodName, where: SubPath): Promise<string> {
    if (where.path.startsWith('/') || where.path.split('/').includes('..')) {
      throw new PodFilesError(`subPath ${where.path} leads out of its volume`);
    }
    return this.#at(pod, subPathPlace(roots, pod, where));
  }

  async checkHostPath(path: string, type: string): Promise<void> {
    if (path.startsWith('/missing')) throw new PodFilesError(`hostPath type check failed: ${path} is not a ${type}`);
  }

  async writeFile(pod: PodName, name: string, content: string): Promise<string> {
    this.#refuse('writeFile');
    const path = this.#at(pod, podFile(roots, pod, name));
    this.contents.set(path, content);
    return path;
  }

  async readFile(pod: PodName, name: string, maxBytes: number): Promise<string> {
    const text = this.contents.get(podFile(roots, pod, name));
    if (text === undefined) throw new PodFilesError(`${name} is not there`);
    return text.slice(0, maxBytes);
  }

  async removeVolumes(pod: PodName): Promise<void> {
    for (const part of ['volumes', 'subpaths']) this.#clear(`${podDir(roots, pod)}/${part}/`);
  }

  async remove(pod: PodName): Promise<void> {
    this.#refuse('remove');
    this.#clear(`${podDir(roots, pod)}/`);
    this.#pods.delete(pod.uid);
  }

  async list(): Promise<readonly PodName[]> {
    this.#refuse('list');
    return [...this.#pods.values()];
  }

  #refuse(method: Parameters<FakePodFiles['failing']>[0]): void {
    const error = this.failing(method);
    if (error !== undefined) throw error;
  }

  #at(pod: PodName, path: string): string {
    this.#pods.set(pod.uid, pod);
    return path;
  }

  #clear(prefix: string): void {
    for (const path of this.contents.keys()) if (path.startsWith(prefix)) this.contents.delete(path);
  }
}
