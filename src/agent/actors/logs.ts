/**
 * Serves containers' logs to clients, as streams. What a client asks for is found in the runtime, so that it works for pods
 * that have ended too.
 */

import { pause } from '../../common/actor/pause.ts';
import type { Behavior, Millis } from '../../common/actor/types.ts';
import { type LogsRequest, logsRequest } from '../../common/wire/agent-protocol.ts';
import { StreamError } from '../../common/wire/stream.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../core/pod-labels.ts';
import type { RuntimeContainer, RuntimeContainerStatus } from '../core/runtime-model.ts';
import { type Cri, CriError } from '../ports/cri.ts';
import type { LogHandler, LogServer, Logs } from '../ports/logs.ts';

type Deps = {
  readonly cri: Pick<Cri, 'listContainers' | 'containerStatus'>;
  readonly logs: Logs;
  readonly server: LogServer;
};

const STREAMS = 32;
/** How often a log that is followed asks whether its container has ended. */
const LOOK: Millis = 1000;

export function logs({ cri, logs: files, server }: Deps): Behavior<never> {
  return (self) => {
    let open = 0;
    const handler: LogHandler = async (body, sink, signal) => {
      const request = parse(body);
      if (open >= STREAMS) throw new StreamError('overloaded', `${STREAMS} logs are being read on this node already`);
      open += 1;
      try {
        const container = await find(cri, request);
        const done = new AbortController();
        const both = AbortSignal.any([signal, self.signal, done.signal]);
        const state = { ended: container.state === 'exited' };
        const watching = request.follow ? watchEnd(container, state, both) : undefined;
        const { tailLines, sinceSeconds, follow = false, timestamps = false } = request;
        const options = {
          follow,
          timestamps,
          ...(tailLines === undefined ? {} : { tailLines }),
          ...(sinceSeconds === undefined ? {} : { sinceMillis: self.clock.wall() - sinceSeconds * 1000 }),
        };
        try {
          for await (const lines of files.read(container.logPath, options, () => state.ended, both)) {
            await sink.write(lines);
          }
        } finally {
          done.abort();
          await watching;
        }
      } finally {
        open -= 1;
      }
    };

    async function watchEnd(of: RuntimeContainerStatus, state: { ended: boolean }, signal: AbortSignal): Promise<void> {
      while (!state.ended && !signal.aborted) {
        await pause(self.clock, LOOK, signal);
        state.ended = await hasEnded(cri, of.id);
      }
    }

    const stop = server.serve(handler);
    return { on: {}, stopped: stop };
  };
}

function parse(body: unknown): LogsRequest {
  const request = logsRequest.safeParse(body);
  if (request.success) return request.data;
  const [issue] = request.error.issues;
  throw new StreamError('invalid', `${issue?.path.join('.')}: ${issue?.message}`);
}

/** The container that is meant; its attempt before the newest for `previous`. */
async function find(cri: Deps['cri'], request: LogsRequest): Promise<RuntimeContainerStatus> {
  const { namespace, pod, container, previous } = request;
  try {
    const labels = { [podNameLabel]: pod, [podNamespaceLabel]: namespace };
    const attempts = newestPod(await cri.listContainers({ labels }));
    const names = [...new Set(attempts.map((one) => one.labels[containerNameLabel] ?? one.name))];
    const name = container ?? (names.length === 1 ? names[0] : undefined);
    if (names.length === 0) throw new StreamError('not-found', `no container of pod ${pod} has been started yet`);
    if (name === undefined) {
      throw new StreamError(
        'invalid',
        `a container name must be specified for pod ${pod}, choose one of: [${names.join(' ')}]`,
      );
    }
    const found = attempts.filter((one) => one.name === name).sort((a, b) => b.attempt - a.attempt)[previous ? 1 : 0];
    if (found !== undefined) return await cri.containerStatus(found.id);
    const which = previous ? 'previous terminated container' : 'container';
    throw new StreamError('not-found', `${which} "${name}" in pod "${pod}" not found`);
  } catch (error) {
    if (error instanceof CriError) throw new StreamError(error.code, error.message, { cause: error });
    throw error;
  }
}

/** A pod of the same name may have been there before. */
function newestPod(containers: readonly RuntimeContainer[]): readonly RuntimeContainer[] {
  const newest = Math.max(...containers.map(({ createdAt }) => createdAt));
  const uid = containers.find(({ createdAt }) => createdAt === newest)?.labels[podUidLabel];
  return containers.filter(({ labels }) => labels[podUidLabel] === uid);
}

/** While the runtime is away a container may run on, so it has not ended; one that was removed has. */
async function hasEnded(cri: Deps['cri'], id: string): Promise<boolean> {
  try {
    return (await cri.containerStatus(id)).state === 'exited';
  } catch (error) {
    if (error instanceof CriError) return error.code === 'not-found';
    throw error;
  }
}
