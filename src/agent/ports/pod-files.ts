/** What pods have on the device's disk. */

import type { PodName, VolumeFile } from '../core/runtime-model.ts';

export type { PodName, VolumeFile } from '../core/runtime-model.ts';

/** Directories of pods on the device: volumes, logs, what containers are given. Whatever fails rejects with PodFilesError. */
export interface PodFiles {
  /** Where the pod's container logs go: `<logs>/<namespace>_<name>_<uid>`. */
  logDirectory(pod: PodName): string;
  /** Writes a volume of files atomically (a reader never sees half) and answers with its host path. */
  writeVolume(
    pod: PodName,
    volume: string,
    files: readonly VolumeFile[],
    options: { readonly memory: boolean; readonly fsGroup?: number },
  ): Promise<string>;
  /** Makes an empty directory volume (on tmpfs of `memoryBytes` if given), kept if there; answers with its host path. */
  makeEmptyDir(
    pod: PodName,
    volume: string,
    options: { readonly memoryBytes?: number; readonly fsGroup?: number },
  ): Promise<string>;
  /**
   * Binds what is at `path` in a volume to a place of the container's own, which no link that a pod makes can lead elsewhere,
   * and answers with that place; a missing folder is made with the volume's mode. A path that leads out of the volume rejects.
   */
  bindSubPath(pod: PodName, where: SubPath): Promise<string>;
  /** Checks a hostPath (and creates it for the `…OrCreate` types); rejects with PodFilesError and the reason in words. */
  checkHostPath(path: string, type: string): Promise<void>;
  /**
   * Writes a file that the agent manages for a pod (hosts, resolv.conf, termination message) and answers with its path.
   * `mode` defaults to 0644; a termination message that any user may write needs 0666.
   */
  writeFile(pod: PodName, name: string, content: string, mode?: number): Promise<string>;
  /** The termination message a container left, at most 4096 bytes. */
  readFile(pod: PodName, name: string, maxBytes: number): Promise<string>;
  /** Unmounts and removes the pod's volumes; its logs and the agent's files for it stay. */
  removeVolumes(pod: PodName): Promise<void>;
  /** Unmounts and removes all of the pod; its logs too. */
  remove(pod: PodName): Promise<void>;
  /** Pods (by uid) that have directories here. */
  list(): Promise<readonly PodName[]>;
}

/** A part of a volume as one mount of a container shows it. */
export type SubPath = {
  readonly volume: string;
  /** Where the volume is on the device. */
  readonly root: string;
  readonly path: string;
  readonly container: string;
  /** Of the mount among the container's. */
  readonly index: number;
};

export class PodFilesError extends Error {
  override readonly name = 'PodFilesError';
}
