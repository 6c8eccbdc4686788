/** Notices that a log file may have changed. */
import { once } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Millis } from '../../../common/actor/types.ts';

/** The watcher's notices can be lost (a network file system, a full queue): look again this often. */
const LOOK_AGAIN: Millis = 1000;

type Changes = {
  /** Resolves when the file may have changed since the last call, or at the signal. */
  next(signal: AbortSignal): Promise<void>;
  close(): void;
};

/** Watches the folder: a rotated file has a new inode. */
export function watchFile(path: string, clock: Clock): Changes {
  const watcher: FSWatcher = watch(dirname(path), { persistent: false });
  let changed = false;
  watcher.on('change', () => {
    changed = true;
  });
  watcher.on('error', () => {
    changed = true; // the folder is gone: the next look finds out
  });
  return {
    next: async (signal) => {
      const wake = new AbortController();
      const stop = () => wake.abort();
      const cancel = clock.timer(LOOK_AGAIN, stop);
      signal.addEventListener('abort', stop, { once: true });
      try {
        if (!changed && !signal.aborted) await once(watcher, 'change', { signal: wake.signal });
      } catch (error) {
        if (!wake.signal.aborted && watcher.listenerCount('error') === 0) throw error;
      } finally {
        changed = false;
        cancel();
        signal.removeEventListener('abort', stop);
      }
    },
    close: () => watcher.close(),
  };
}
