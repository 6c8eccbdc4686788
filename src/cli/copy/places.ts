/** What `cp` copies from and to: a path here, or `[namespace/]pod:path`. */

import { usageError } from '../errors.ts';

export type Place =
  | { readonly in: 'here'; readonly path: string }
  | { readonly in: 'pod'; readonly namespace?: string; readonly pod: string; readonly path: string };

/** A colon makes it a pod's, unless a slash or a dot before it makes it a path of here (`./a:b`). Throws CliError. */
export function placeOf(text: string): Place {
  const colon = text.indexOf(':');
  const before = text.slice(0, Math.max(0, colon));
  if (colon < 0 || before.startsWith('/') || before.startsWith('.')) {
    if (text === '') throw usageError('an empty path names no file');
    return { in: 'here', path: text };
  }
  const [first = '', second, ...more] = before.split('/');
  const path = text.slice(colon + 1);
  const pod = second ?? first;
  if (pod === '' || more.length > 0 || path === '')
    throw usageError(`${JSON.stringify(text)}: write [NAMESPACE/]POD:PATH, and a file of here with a colon as ./NAME`);
  return { in: 'pod', pod, path, ...(second === undefined ? {} : { namespace: first }) };
}

/** Not the directory itself, but what is in it: `dir/.`, as cp(1) has it. */
export function meansContents(path: string): boolean {
  return /(^|\/)\.$/.test(path);
}
