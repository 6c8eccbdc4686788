/** The kernel's command line in cmdline.txt: one line of words. What is there stays; what is wanted is appended once. */

/** With the memory cgroup on; Raspberry Pi's firmware switches it off otherwise. The same text when it is already. */
export function withMemoryCgroup(text: string): string {
  return withWords(text, ['cgroup_enable=memory', 'cgroup_memory=1'], ['cgroup_disable=memory', 'cgroup_memory=0']);
}

/** With accounting of swap. The same text when it is already. */
export function withSwapAccounting(text: string): string {
  return withWords(text, ['swapaccount=1'], ['swapaccount=0']);
}

/** Only the first line is the kernel's. `against` goes: of contradicting words the order would decide. */
function withWords(text: string, wanted: readonly string[], against: readonly string[]): string {
  const end = text.indexOf('\n');
  const [line, rest] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
  const words = line.split(/\s+/).filter((word) => word !== '');
  const missing = wanted.filter((word) => !words.includes(word));
  const surplus = words.some((word) => against.includes(word));
  if (missing.length === 0 && !surplus) return text;
  const kept = surplus ? words.filter((word) => !against.includes(word)).join(' ') : line.trimEnd();
  return `${[kept, ...missing].filter((part) => part !== '').join(' ')}${rest}`;
}
