/** `logs`: what containers print, streamed from their devices. Printed as it is: it is the program's own output. */

import { isRecord } from '../../common/lib/deep.ts';
import { selectorText } from '../../common/model/columns/cells.ts';
import { kinds } from '../../common/model/kinds.ts';
import type { KubeObject, LabelSelector } from '../../common/model/meta.ts';
import type { LogsRequest } from '../../common/wire/device-streams.ts';
import { openStream } from '../../common/wire/open-stream.ts';
import { StreamError } from '../../common/wire/stream.ts';
import { nodeStreamSubject } from '../../common/wire/subjects.ts';
import { CliError, type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { note } from '../print/emit.ts';
import { displayName, keyOf, parseOne } from '../resources.ts';
import { type Session, withSession } from '../session.ts';
import { stopped } from '../until.ts';
import type { Call } from '../verb.ts';

export type LogsOptions = {
  readonly follow?: boolean;
  readonly tail?: number;
  /** Milliseconds. */
  readonly since?: number;
  readonly container?: string;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly selector?: string;
};

export async function logs(io: Io, { args, options, globals }: Call<LogsOptions>): Promise<ExitCode> {
  if (args.length > 0 === (options.selector !== undefined))
    throw usageError('name a pod or TYPE/NAME, or give a selector (-l)');
  const container = options.container ?? (args[0]?.includes('/') ? undefined : args[1]);
  const named = args.length === 0 ? undefined : parseOne(args.slice(0, 1), kinds.Pod);
  return await withSession(io, globals, async (session) => {
    const pods = named ? [await podOf(io, session, named)] : await podsOf(session, options.selector ?? '');
    if (pods.length === 0) await note(io, `No resources found in ${session.target.namespace} namespace.`);
    const wanted = { ...options, ...(container === undefined ? {} : { container }) };
    if (options.follow) await Promise.all(pods.map((pod) => stream(io, session, pod, wanted)));
    else for (const pod of pods) await stream(io, session, pod, wanted);
    if (io.stop.aborted) throw stopped(io);
    return exitCode.ok;
  });
}

async function podsOf({ api, target }: Session, labelSelector: string): Promise<readonly KubeObject[]> {
  const list = await api.list(kinds.Pod.plural, { namespace: target.namespace, labelSelector });
  return list.items.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

/** The pod itself, or the first running one of a workload. */
async function podOf(io: Io, session: Session, { kind, name }: ReturnType<typeof parseOne>): Promise<KubeObject> {
  const object = await session.api.get(keyOf(kind, session.target.namespace, name));
  if (object.kind === 'Pod') return object;
  const selector = isRecord(object.spec) ? object.spec['selector'] : undefined;
  if (!isRecord(selector)) throw usageError(`${kind.plural} have no logs; pods, deployments and replicasets have`);
  const pods = await podsOf(session, selectorText(selector as LabelSelector));
  const running = pods.find(({ status }) => isRecord(status) && status['phase'] === 'Running') ?? pods[0];
  if (running === undefined) throw new CliError(exitCode.failed, `${displayName(kind, name)} has no pods`);
  if (pods.length > 1) await note(io, `Found ${pods.length} pods, using pod/${running.metadata.name}`);
  return running;
}

/** A pod's container when it has one; init containers do not count. Undefined otherwise: the agent asks which one is meant. */
function onlyContainer({ spec }: KubeObject): string | undefined {
  const containers = isRecord(spec) && Array.isArray(spec['containers']) ? spec['containers'] : [];
  const [first]: readonly unknown[] = containers;
  return containers.length === 1 && isRecord(first) && typeof first['name'] === 'string' ? first['name'] : undefined;
}

async function stream(io: Io, { nats }: Session, pod: KubeObject, options: LogsOptions): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  const node = isRecord(pod.spec) ? pod.spec['nodeName'] : undefined;
  if (typeof node !== 'string' || node === '')
    throw new CliError(exitCode.failed, `pod "${name}" is not on a node yet; bramble describe pod ${name} says why`);
  const request: LogsRequest = {
    namespace,
    pod: name,
    follow: options.follow,
    previous: options.previous,
    timestamps: options.timestamps,
    container: options.container ?? onlyContainer(pod),
    tailLines: options.tail === undefined || options.tail < 0 ? undefined : options.tail,
    sinceSeconds: options.since === undefined ? undefined : options.since / 1000,
  };
  try {
    const bytes = openStream(nats, nodeStreamSubject(node, 'logs'), request, { clock: io.clock, signal: io.stop });
    for await (const piece of bytes.receive()) if (piece.channel !== 'word') await io.stdout.write(piece.bytes);
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    if (error.code !== 'unreachable') throw new CliError(exitCode.failed, error.message, { cause: error });
    const check = `is the node up? bramble get node ${node}; on the device: systemctl status bramble-agent`;
    throw new CliError(exitCode.unreachable, `no agent answers on node "${node}": ${error.message}\n${check}`, {
      cause: error,
    });
  }
}
