/** Waits for a state of one object by watching it, with a limit. */

import type { Clock, Millis } from '../common/actor/types.ts';
import type { Kind } from '../common/model/kind.ts';
import type { KubeObject } from '../common/model/meta.ts';
import type { StoreKey } from '../common/store/store.ts';
import type { ObjectEvent, WatchEvent } from '../common/wire/watch-state.ts';
import { CliError, type ExitCode, exitCode } from './errors.ts';
import type { Io } from './io.ts';
import { displayName } from './resources.ts';
import type { Session } from './session.ts';

export type Awaited = {
  readonly kind: Kind;
  readonly key: StoreKey;
  /** What is waited for, for the message of the limit. */
  readonly what: string;
  readonly timeout: Millis | undefined;
};

/**
 * Watches until `done` is true of the object as it is (undefined while there is none) and answers with it.
 * Throws CliError `timedOut` after `timeout`, `interrupted` on Ctrl-C; `done` may throw too.
 */
export async function untilObject(
  io: Io,
  { api }: Session,
  { kind, key, what, timeout }: Awaited,
  done: (object: KubeObject | undefined) => boolean | Promise<boolean>,
): Promise<KubeObject | undefined> {
  const limit = withLimit(io.clock, io.stop, timeout);
  try {
    let current: KubeObject | undefined;
    let synced = false;
    const selection = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}`, signal: limit.signal };
    for await (const event of api.watch(key.resource, selection)) {
      if (event.type === 'SYNCED') synced = true;
      else current = event.type === 'DELETED' ? undefined : event.object;
      if (synced && (await done(current))) return current;
    }
  } finally {
    limit.release();
  }
  if (io.stop.aborted) throw stopped(io);
  throw new CliError(exitCode.timedOut, `timed out waiting for ${displayName(kind, key.name)}: ${what}`);
}

/** Shows what is there as one, so that its columns fit all of it, and then each change. Ends when the watch does. */
export async function follow(
  changes: AsyncIterable<WatchEvent>,
  show: (objects: readonly KubeObject[], what: 'first' | ObjectEvent['type']) => Promise<void>,
): Promise<void> {
  let first: KubeObject[] | undefined = [];
  for await (const event of changes) {
    if (event.type === 'SYNCED') {
      await show(first ?? [], 'first');
      first = undefined;
    } else if (first !== undefined) first.push(event.object);
    else await show([event.object], event.type);
  }
}

/** The end of a verb that Ctrl-C, or a reader that went away, has ended: nothing more is said. */
export function stopped(io: Io): CliError {
  const codes: Readonly<Record<string, ExitCode>> = { pipe: exitCode.brokenPipe, terminate: exitCode.terminated };
  return new CliError(codes[String(io.stop.reason)] ?? exitCode.interrupted, '');
}

function withLimit(clock: Clock, stop: AbortSignal, timeout: Millis | undefined) {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const cancel = timeout === undefined ? abort : clock.timer(timeout, abort);
  if (stop.aborted) abort();
  stop.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    release: (): void => {
      stop.removeEventListener('abort', abort);
      cancel();
    },
  };
}
