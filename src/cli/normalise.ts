/** Writes flags as commander reads them where kubectl's users write them otherwise. */

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
    'client',
  ].map((name) => `--${name}`),
);
/** Flags with an optional value take it only behind `=`, so that a word after them stays an argument. */
const optional: Readonly<Record<string, string>> = {
  '--wait': 'true',
  '--dry-run': 'client',
  '--cascade': 'background',
};

/** `--all=true` ⇒ `--all`, `--all=false` ⇒ nothing, `--wait` ⇒ `--wait=true`; what follows `--` stays. */
export function normalise(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return [...flags.flatMap(rewrite), ...(end < 0 ? [] : argv.slice(end))];
}

function rewrite(word: string): readonly string[] {
  if (Object.hasOwn(optional, word)) return [`${word}=${optional[word]}`];
  const [name = '', value] = word.split('=');
  if (value === 'false' && (booleans.has(name) || name === '--watch')) return name === '--watch' ? [word] : [];
  return value === 'true' && (booleans.has(name) || name === '--watch') ? [name] : [word];
}
