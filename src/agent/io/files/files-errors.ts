/** What the system says about a pod's files, in words that people read in the pod's events. */
import { getSystemErrorMap } from 'node:util';
import { PodFilesError } from '../../ports/pod-files.ts';
import { RunError } from '../run.ts';

/**
 * Does something with the files in the folder `base`. The system's errors and those of its programs reject as PodFilesError:
 * `what` was being done, the path relative to `base` where there is one, and why not. Anything else is a bug and thrown on.
 */
export async function withWords<T>(what: string, base: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(what, base, error);
  }
}

function inWords(what: string, base: string, error: unknown): unknown {
  if (error instanceof RunError) {
    return new PodFilesError(`${what}: ${error.message.replaceAll(`${base}/`, '')}`, { cause: error });
  }
  if (!isSystemError(error)) return error;
  const [code, words] = getSystemErrorMap().get(error.errno) ?? [error.code, error.message];
  const path = error.path?.startsWith(`${base}/`) ? ` ${error.path.slice(base.length + 1)}` : '';
  return new PodFilesError(`${what}:${path} ${words} (${code})`, { cause: error });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly errno: number } {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number';
}
