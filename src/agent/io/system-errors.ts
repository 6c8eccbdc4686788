/** The system's errors in words: `permission denied (EACCES)`. */

import { getSystemErrorMap } from 'node:util';
import { codeOf } from './kept/durable-files.ts';

/** Throws what is no error of the system: that is a bug. */
export function wordsOf(error: unknown): string {
  const code = codeOf(error);
  if (!(error instanceof Error) || code === undefined) throw error;
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  const words = getSystemErrorMap().get(errno)?.[1];
  return words === undefined ? error.message : `${words} (${code})`;
}
