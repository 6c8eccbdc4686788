/** Writes flags as commander reads them where kubectl's users write them otherwise. */

import { usageError } from './errors.ts';

const booleans = new Set(
  [
    'all',
    'all-namespaces',
    'watch-only',
    'no-headers',
    'show-labels',
    'ignore-not-found',
    'now',
    'force',
    'recursive',
    'follow',
    'previous',
    'timestamps',
    'all-containers',
    'prefix',
    'stdin',
    'tty',
    'quiet',
    'client',
  ].map((name) => `--${name}`),
);
/** Flags with an optional value take it only behind `=`, so that a word after them stays an argument. */
const optional: Readonly<Record<string, { readonly without: string; readonly values: readonly string[] }>> = {
  '--wait': { without: 'true', values: ['true', 'false'] },
  '--dry-run': { without: 'client', values: ['none', 'client', 'server'] },
  '--cascade': { without: 'background', values: ['background', 'foreground', 'orphan'] },
};

/**
 * `--all=true` ⇒ `--all`, `--all=false` ⇒ nothing, `--wait` ⇒ `--wait=true`; what follows `--` stays. Throws CliError
 * for `--cascade orphan`, which would delete an object named orphan.
 */
export function normalise(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return [...flags.flatMap(rewrite), ...(end < 0 ? [] : argv.slice(end))];
}

function rewrite(word: string, index: number, words: readonly string[]): readonly string[] {
  const flag = Object.hasOwn(optional, word) ? optional[word] : undefined;
  const next = words[index + 1];
  if (flag !== undefined && next !== undefined && flag.values.includes(next))
    throw usageError(`${word} ${next}: the value goes behind "=", as ${word}=${next}; a name goes before the flag`);
  if (flag !== undefined) return [`${word}=${flag.without}`];
  const [name = '', value] = word.split('=');
  if (value === 'false' && (booleans.has(name) || name === '--watch')) return name === '--watch' ? [word] : [];
  return value === 'true' && (booleans.has(name) || name === '--watch') ? [name] : [word];
}
