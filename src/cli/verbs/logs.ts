/** `logs`: what containers print, streamed from their devices. Printed as it is: it is the program's own output. */

import { kinds } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { LogsRequest } from '../../common/wire/device-streams.ts';
import { withDeviceStream } from '../device-stream.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io, Sink } from '../io.ts';
import { containerOf, containersOf, type PodContainer, podOf, podsOf } from '../pods.ts';
import { note } from '../print/emit.ts';
import { wholeLines } from '../print/whole-lines.ts';
import { parseOne } from '../resources.ts';
import { type Session, withSession } from '../session.ts';
import { stopped } from '../until.ts';
import type { Call } from '../verb.ts';

export type LogsOptions = {
  readonly follow?: boolean;
  readonly tail?: number;
  /** Milliseconds. */
  readonly since?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  readonly container?: string;
  readonly allContainers?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly prefix?: boolean;
  readonly limitBytes?: number;
  readonly selector?: string;
  readonly node?: string;
};

type Source = { readonly pod: KubeObject; readonly container: PodContainer };

/** Of each pod, where a selector chooses them and the person says nothing else: as kubectl. */
const linesOfSelected = 10;

export async function logs(io: Io, { args, options, globals }: Call<LogsOptions>): Promise<ExitCode> {
  const container = options.container ?? (args[0]?.includes('/') ? undefined : args[1]);
  check(args, options, container);
  const named = args.length === 0 ? undefined : parseOne(args.slice(0, 1), kinds.Pod);
  return await withSession(io, globals, async (session) => {
    const pods = named
      ? [await podOf(io, session, named, options.node)]
      : await podsOf(session, options.selector ?? '');
    if (pods.length === 0) await note(io, `No resources found in ${session.target.namespace} namespace.`);
    const sources: Source[] = [];
    for (const pod of pods) sources.push(...(await sourcesOf(io, pod, options, container)));
    const request = requestOf(named === undefined ? { tail: linesOfSelected, ...options } : options);
    const several = sources.length > 1;
    const show = (source: Source) => stream(io, session, source, request, sinkOf(io, source, options, several));
    if (options.follow) await Promise.all(sources.map(show));
    else for (const source of sources) await show(source);
    if (io.stop.aborted) throw stopped(io);
    return exitCode.ok;
  });
}

function check(args: readonly string[], options: LogsOptions, container: string | undefined): void {
  if (args.length > 0 === (options.selector !== undefined))
    throw usageError('name a pod or TYPE/NAME, or give a selector (-l)');
  if (options.since !== undefined && options.sinceTime !== undefined)
    throw usageError('--since and --since-time say the same: give one of them');
  if (options.allContainers && container !== undefined) throw usageError('a container goes not with --all-containers');
  if (options.follow && options.previous) throw usageError('what has ended can not be followed: -f or -p, not both');
}

async function sourcesOf(
  io: Io,
  pod: KubeObject,
  { allContainers = false }: LogsOptions,
  wanted: string | undefined,
): Promise<readonly Source[]> {
  const containers = allContainers ? containersOf(pod) : [await containerOf(io, pod, wanted)];
  return containers.map((container) => ({ pod, container }));
}

function requestOf(options: LogsOptions): Partial<LogsRequest> {
  const { follow, previous, timestamps, tail, since, sinceTime, limitBytes } = options;
  return {
    ...{ follow, previous, timestamps, sinceTime, limitBytes },
    tailLines: tail === undefined || tail < 0 ? undefined : tail,
    sinceSeconds: since === undefined ? undefined : since / 1000,
  };
}

/** Where a source's output goes: with its name before each line if that is wanted, in whole lines if others write too. */
function sinkOf(
  io: Io,
  { pod, container }: Source,
  { prefix = false }: LogsOptions,
  several: boolean,
): Pick<Sink, 'write'> {
  if (!prefix && !several) return io.stdout;
  return wholeLines(io.stdout, prefix ? `[pod/${pod.metadata.name}/${container.name}] ` : '');
}

async function stream(
  io: Io,
  session: Session,
  { pod, container }: Source,
  request: Partial<LogsRequest>,
  out: Pick<Sink, 'write'> & { end?(): Promise<void> },
): Promise<void> {
  const { name, restartPolicy } = container;
  const asked = { ...request, container: name, ...(request.follow ? { restartPolicy } : {}) };
  await withDeviceStream(io, session, pod, ['logs', asked], async (bytes) => {
    for await (const piece of bytes.receive()) if (piece.channel !== 'word') await out.write(piece.bytes);
  });
  await out.end?.();
}
