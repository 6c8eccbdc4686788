/** The difference between two texts as `diff -u` shows it, in one hunk: for files of a few lines. */

import type { FileChange } from './repairs.ts';

const CONTEXT = 3;

export function unifiedDiff({ path, before, after }: FileChange): string {
  const [old, now] = [linesOf(before ?? ''), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const from = Math.max(0, head - CONTEXT);
  const rest = Math.min(tail, CONTEXT);
  const lengths = [old.length - tail + rest - from, now.length - tail + rest - from];
  const lines = [
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...now.slice(now.length - tail, now.length - tail + rest).map((line) => ` ${line}`),
  ];
  const start = (length = 0) => `${length === 0 ? from : from + 1},${length}`;
  const header = `--- ${before === undefined ? '/dev/null' : path}\n+++ ${path}\n`;
  return `${header}@@ -${start(lengths[0])} +${start(lengths[1])} @@\n${lines.map((line) => `${line}\n`).join('')}`;
}

function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  return lines.at(-1) === ''
    ? lines.slice(0, -1)
    : [...lines.slice(0, -1), `${lines.at(-1)}\n\\ No newline at end of file`];
}
