/**
 * Serves containers' logs to clients, as streams. What a client asks for is found in the runtime, so that it works for pods
 * that have ended too.
 */

import type { Behavior, Millis } from '../../../common/actor/types.ts';
import { fromTimestamp } from '../../../common/lib/time.ts';
import { type LogsRequest, logsRequest } from '../../../common/wire/device-streams.ts';
import { StreamError } from '../../../common/wire/stream.ts';
import type { RuntimeContainer } from '../../core/runtime-model.ts';
import type { Cri } from '../../ports/cri.ts';
import type { Logs } from '../../ports/logs.ts';
import type { StreamServer } from '../../ports/stream-server.ts';
import { clientRequest } from './client-request.ts';
import { asked, attemptsOf } from './find-container.ts';
import { nextAttempt, watchEnd } from './log-follow.ts';

type Deps = {
  readonly cri: Pick<Cri, 'listContainers' | 'listSandboxes' | 'containerStatus'>;
  readonly logs: Logs;
  readonly server: StreamServer;
};
/** Answers false when no more is wanted. */
type Write = (bytes: Uint8Array) => Promise<boolean>;

/** Clients at once. */
const LIMIT = 64;

export function logs({ cri, logs: files, server }: Deps): Behavior<never> {
  return (self) => {
    const stop = server.serve('logs', LIMIT, async (body, end, client) => {
      const request = clientRequest(logsRequest, body);
      const signal = AbortSignal.any([client, self.signal]);
      const write = limited(end.write.bind(end), request.limitBytes);
      const first = await wantedAttempt(cri, request);
      const { follow = false, restartPolicy = 'Never', tailLines } = request;
      const since = sinceMillis(request, self.clock.wall());
      const options = { follow, timestamps: request.timestamps ?? false, ...(since && { sinceMillis: since }) };
      let more = await attempt(first, tailLines === undefined ? options : { ...options, tailLines }, write, signal);
      let last = first;
      while (follow && more) {
        const next = await nextAttempt(cri, self.clock, last, restartPolicy, signal);
        if (next === undefined) return;
        last = next;
        more = await attempt(next, options, write, signal);
      }
    });

    /** Writes the log of one attempt to its end; false when no more is wanted. */
    async function attempt(
      { id }: RuntimeContainer,
      options: Parameters<Logs['read']>[1],
      write: Write,
      signal: AbortSignal,
    ): Promise<boolean> {
      const { logPath, name } = await asked(() => cri.containerStatus(id));
      const state = { ended: false };
      const done = new AbortController();
      const until = AbortSignal.any([signal, done.signal]);
      const watching = options.follow ? watchEnd(cri, self.clock, id, state, until) : undefined;
      try {
        for await (const lines of files.read(logPath, options, () => state.ended, signal)) {
          if (!(await write(lines))) return false;
        }
        return true;
      } catch (error) {
        throw isMissing(error) ? new StreamError('not-found', `container "${name}" has no log yet`) : error;
      } finally {
        done.abort();
        await watching;
      }
    }

    return { on: {}, stopped: stop };
  };
}

/** The newest attempt, or for `previous` the one before it. */
async function wantedAttempt(cri: Deps['cri'], request: LogsRequest): Promise<RuntimeContainer> {
  const attempts = await attemptsOf(cri, request);
  const found = attempts[request.previous ? 1 : 0];
  if (found !== undefined) return found;
  const name = attempts[0]?.name;
  throw new StreamError('not-found', `previous terminated container "${name}" in pod "${request.pod}" not found`);
}

function sinceMillis({ sinceSeconds, sinceTime }: LogsRequest, wall: Millis): Millis | undefined {
  if (sinceSeconds !== undefined) return wall - sinceSeconds * 1000;
  return sinceTime === undefined ? undefined : fromTimestamp(sinceTime);
}

/** Writes as many bytes as are wanted. */
function limited(write: (bytes: Uint8Array) => Promise<void>, limit = Number.POSITIVE_INFINITY): Write {
  let left = limit;
  return async (bytes) => {
    await write(bytes.subarray(0, left));
    left -= bytes.length;
    return left > 0;
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
