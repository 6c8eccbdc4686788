/**
 * Wakes when the kernel says that a control group of version 2 gets short of memory: its memory.events change when it reaches a
 * limit, and memory.pressure when tasks have waited for memory for longer than a trigger written there says. The kernel tells
 * both to who watches the files.
 */
import { closeSync, type FSWatcher, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Tasks waited for 150 ms of 2 s: the shortest window that needs no privilege (kernel documentation accounting/psi). */
const TRIGGER = 'some 150000 2000000\n';
/** The function that it returns ends the watch; undefined where the kernel does not tell, or the group is not there. */
export function watchKernel(dir: string, wake: () => void): (() => void) | undefined {
  const watchers: FSWatcher[] = [];
  let fd: number | undefined;
  const end = (): void => {
    for (const watcher of watchers) watcher.close();
    if (fd !== undefined) closeSync(fd);
  };
  try {
    for (const file of ['memory.events', 'memory.pressure']) {
      const watcher = watch(join(dir, file), wake);
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    }
    fd = openSync(join(dir, 'memory.pressure'), 'r+');
    writeSync(fd, TRIGGER);
    return end;
  } catch {
    // A kernel without PSI, or a group that is not made yet: looking often enough does without.
    end();
    return undefined;
  }
}
