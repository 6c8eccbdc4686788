/** A stream to the agent of a pod's device, with its failures told with what to check. */

import type { KubeObject } from '../common/model/meta.ts';
import type { DeviceRequests } from '../common/wire/device-streams.ts';
import { type ClientStream, openStream } from '../common/wire/open-stream.ts';
import { StreamError } from '../common/wire/stream.ts';
import { nodeStreamSubject } from '../common/wire/subjects.ts';
import { CliError, exitCode } from './errors.ts';
import type { Io } from './io.ts';
import { nodeOf } from './pods.ts';
import type { Session } from './session.ts';
import { stopped } from './until.ts';

/** Opens a stream to the pod's device, does the work on it, and closes it. Throws CliError. */
export async function withDeviceStream<K extends keyof DeviceRequests, T>(
  io: Io,
  { nats }: Session,
  pod: KubeObject,
  [verb, request]: readonly [verb: K, request: Omit<DeviceRequests[K], 'namespace' | 'pod'>],
  work: (stream: ClientStream) => Promise<T>,
): Promise<T> {
  const node = nodeOf(pod);
  const { name, namespace = '' } = pod.metadata;
  let stream: ClientStream | undefined;
  try {
    const asked = { namespace, pod: name, ...request };
    stream = openStream(nats, nodeStreamSubject(node, verb), asked, { clock: io.clock, signal: io.stop });
    return await work(stream);
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    throw io.stop.aborted ? stopped(io) : failure(error, node);
  } finally {
    stream?.close();
  }
}

function failure(error: StreamError, node: string): CliError {
  if (error.code !== 'unreachable' && error.code !== 'silent')
    return new CliError(exitCode.failed, error.message, { cause: error });
  const check = `is the node up? bramble get node ${node}; on the device: systemctl status bramble-agent`;
  const message = `no agent answers on node "${node}": ${error.message}\n${check}`;
  return new CliError(exitCode.unreachable, message, { cause: error });
}
