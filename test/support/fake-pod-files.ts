/** The directories of pods, in memory. */

import {
  type PodFiles,
  PodFilesError,
  type PodName,
  type SubPath,
  type VolumeFile,
} from '../../src/agent/ports/pod-files.ts';

export class FakePodFiles implements PodFiles {
  /** Files by path; a volume's under its host path. */
  readonly contents = new Map<string, string>();
  /** Answers with an error to have a call fail, as on a full disk. */
  failing: (method: 'writeVolume' | 'writeFile' | 'list') => PodFilesError | undefined = () => undefined;
  readonly #pods = new Map<string, PodName>();

  logDirectory({ namespace, name, uid }: PodName): string {
    return `/logs/${namespace}_${name}_${uid}`;
  }

  async writeVolume(pod: PodName, volume: string, files: readonly VolumeFile[]): Promise<string> {
    this.#refuse('writeVolume');
    const root = this.#root(pod, `volumes/${volume}`);
    this.#clear(`${root}/`);
    for (const { path, content } of files) this.contents.set(`${root}/${path}`, Buffer.from(content).toString());
    return root;
  }

  async makeEmptyDir(pod: PodName, volume: string): Promise<string> {
    return this.#root(pod, `volumes/${volume}`);
  }

  async bindSubPath(pod: PodName, { container, index, path }: SubPath): Promise<string> {
    if (path.split('/').includes('..')) throw new PodFilesError(`subPath ${path} leads out of its volume`);
    return this.#root(pod, `subpaths/${container}/${index}`);
  }

  async checkHostPath(path: string, type: string): Promise<void> {
    if (path.startsWith('/missing')) throw new PodFilesError(`hostPath type check failed: ${path} is not a ${type}`);
  }

  async writeFile(pod: PodName, name: string, content: string): Promise<string> {
    this.#refuse('writeFile');
    const path = this.#root(pod, name);
    this.contents.set(path, content);
    return path;
  }

  async readFile(pod: PodName, name: string, maxBytes: number): Promise<string> {
    const text = this.contents.get(`/pods/${pod.uid}/${name}`);
    if (text === undefined) throw new PodFilesError(`${name} is not there`);
    return text.slice(0, maxBytes);
  }

  async remove(pod: PodName): Promise<void> {
    this.#pods.delete(pod.uid);
    this.#clear(`/pods/${pod.uid}/`);
  }

  async list(): Promise<readonly PodName[]> {
    this.#refuse('list');
    return [...this.#pods.values()];
  }

  #refuse(method: Parameters<FakePodFiles['failing']>[0]): void {
    const error = this.failing(method);
    if (error !== undefined) throw error;
  }

  #root(pod: PodName, part: string): string {
    this.#pods.set(pod.uid, pod);
    return `/pods/${pod.uid}/${part}`;
  }

  #clear(prefix: string): void {
    for (const path of this.contents.keys()) if (path.startsWith(prefix)) this.contents.delete(path);
  }
}
