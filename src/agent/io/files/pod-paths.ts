/** Paths of pods on the device. What comes from API objects is checked again here: nothing leads out of a pod's folder. */
import { join } from 'node:path';
import { PodFilesError, type PodName, type SubPath } from '../../ports/pod-files.ts';

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const FILE_NAME = /^[A-Za-z0-9][-\w.]{0,252}$/;

export type PodRoots = {
  /** `<dataDir>/pods/<uid>/…` holds volumes and files. */
  readonly dataDir: string;
  /** `<logDir>/<namespace>_<name>_<uid>/…` holds the logs of containers. */
  readonly logDir: string;
};

export function podDir(roots: PodRoots, pod: PodName): string {
  return join(roots.dataDir, 'pods', checked(OBJECT_NAME, pod.uid, "a pod's uid"));
}

export function volumeDir(roots: PodRoots, pod: PodName, volume: string): string {
  return join(podDir(roots, pod), 'volumes', checked(OBJECT_NAME, volume, "a volume's name"));
}

export function podFile(roots: PodRoots, pod: PodName, name: string): string {
  return join(podDir(roots, pod), 'files', checked(FILE_NAME, name, "a file's name"));
}

/** Where one mount of a container finds its part of a volume. */
export function subPathPlace(roots: PodRoots, pod: PodName, { volume, container, index }: SubPath): string {
  const parts = [
    checked(OBJECT_NAME, volume, "a volume's name"),
    checked(OBJECT_NAME, container, "a container's name"),
  ];
  return join(podDir(roots, pod), 'subpaths', ...parts, String(index));
}

export function podLogDir(roots: PodRoots, pod: PodName): string {
  const namespace = checked(OBJECT_NAME, pod.namespace, "a pod's namespace");
  const name = checked(OBJECT_NAME, pod.name, "a pod's name");
  return join(roots.logDir, `${namespace}_${name}_${checked(OBJECT_NAME, pod.uid, "a pod's uid")}`);
}

/** The pod of a log folder's name; undefined for a folder of another form. */
export function podOfLogDir(folder: string): PodName | undefined {
  const [namespace, name, uid, more] = folder.split('_');
  if (namespace === undefined || name === undefined || uid === undefined || more !== undefined) return undefined;
  return [namespace, name, uid].every((part) => accepts(OBJECT_NAME, part)) ? { namespace, name, uid } : undefined;
}

/** A file's path in a volume, in parts: relative, without `..`, and no part that starts with `..` (these are the writer's). */
export function volumePathParts(path: string): readonly string[] {
  const parts = path.split('/');
  const good = parts.every((part) => part !== '' && part !== '.' && !part.startsWith('..') && !part.includes('\0'));
  if (!good || path.length > 4096) {
    throw new PodFilesError(
      `path ${JSON.stringify(path.slice(0, 200))} in a volume: a relative path without ".." is accepted`,
    );
  }
  return parts;
}

/** Whether a folder's name can be a pod's uid. */
export const isPodUid = (folder: string) => accepts(OBJECT_NAME, folder);

const accepts = (pattern: RegExp, text: string) => pattern.test(text) && !text.includes('..');

function checked(pattern: RegExp, text: string, what: string): string {
  if (accepts(pattern, text)) return text;
  throw new PodFilesError(`${what} is ${JSON.stringify(text.slice(0, 200))}: ${pattern.source} is accepted`);
}
