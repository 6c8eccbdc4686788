/**
 * Watches a directory that may be missing, come and go, or be a symbolic link that is swapped for another. Calls too often
 * rather than too seldom; who listens looks for itself.
 */

import { type FSWatcher, type Stats, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock, Logger, Millis } from '../../../common/actor/types.ts';
import { codeOf } from '../kept/durable-files.ts';
import { wordsOf } from '../system-errors.ts';

/** How often it is looked whether the path still leads to what is watched: a link above it may have been swapped. */
const VERIFY: Millis = 20_000;

/** Watches until the returned function is called. Where the system can not watch, that is logged once, and nothing called. */
export function watchPath(path: string, clock: Clock, log: Logger, changed: () => void): () => void {
  let watchers: readonly FSWatcher[] = [];
  let armedOn: string | undefined;
  let stopped = false;
  let complained = false;
  let cancel = (): void => {};

  function close(): void {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  }

  function watchOne(target: string, heard: (name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(target, (_event, name) => heard(name));
      watcher.on('error', (error) => complain(error));
      return watcher;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') complain(error);
      return undefined;
    }
  }

  function complain(error: unknown): void {
    if (!complained)
      log.warn({ path, error: wordsOf(error) }, 'a directory can not be watched; it is listed now and then');
    complained = true;
  }

  /** The directory itself and what is above it, up to the first that is there. */
  function arm(): void {
    if (stopped) return;
    close();
    const found: FSWatcher[] = [];
    const itself = watchOne(path, (name) => {
      changed();
      // Its own end comes under its own name.
      if (name === null || name === basename(path)) void renew();
    });
    if (itself !== undefined) found.push(itself);
    for (let below = path, above = dirname(path); below !== above; below = above, above = dirname(above)) {
      const name = basename(below);
      const watcher = watchOne(above, (heard) => {
        if (heard === null || heard === name || heard === basename(above)) void renew();
      });
      if (watcher === undefined) continue;
      found.push(watcher);
      break;
    }
    watchers = found;
  }

  async function renew(): Promise<void> {
    armedOn = await identity(path);
    arm();
    changed();
  }

  function verify(): void {
    cancel = clock.timer(VERIFY, () => {
      void identity(path).then((now) => {
        if (now !== armedOn) void renew();
      });
      verify();
    });
  }

  arm();
  void identity(path).then((now) => {
    armedOn = now;
  });
  verify();
  return () => {
    stopped = true;
    cancel();
    close();
  };
}

/** Another directory has another one; undefined where there is none. */
async function identity(path: string): Promise<string | undefined> {
  const found: Stats | undefined = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
