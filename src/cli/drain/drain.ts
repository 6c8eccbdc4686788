/** `drain`: keeps new pods from nodes, evicts those that are there, and waits until they are gone. */

import { pause } from '../../common/actor/pause.ts';
import type { Millis } from '../../common/actor/types.ts';
import { kinds } from '../../common/model/kinds.ts';
import type { Pod } from '../../common/model/pod.ts';
import { StatusError } from '../../common/wire/api-errors.ts';
import { CliError, type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { note, say } from '../print/emit.ts';
import { displayName, keyOf } from '../resources.ts';
import { type Chosen, type DryRun, dryRunSuffix, eachOf } from '../select.ts';
import { type Session, withSession } from '../session.ts';
import { stopped, untilObject } from '../until.ts';
import type { Call } from '../verb.ts';
import { chooseNodes, setUnschedulable } from './cordon.ts';
import { drainable } from './drainable.ts';

export type DrainOptions = {
  readonly selector?: string;
  readonly podSelector?: string;
  readonly force?: boolean;
  readonly deleteEmptydirData?: boolean;
  readonly ignoreDaemonsets?: boolean;
  readonly gracePeriod: number;
  readonly timeout?: Millis;
  readonly dryRun?: DryRun;
};
type Drain = {
  readonly io: Io;
  readonly session: Session;
  readonly options: DrainOptions;
  /** Steady time; undefined: no limit. */
  readonly deadline: Millis | undefined;
};

/** A budget that allows no eviction may allow one later. kubectl's pause. */
const RETRY: Millis = 5_000;

export async function drain(io: Io, { args, options, globals }: Call<DrainOptions>): Promise<ExitCode> {
  return await withSession(io, globals, async (session) => {
    const nodes = await chooseNodes(session, args, options.selector);
    const { timeout } = options;
    const deadline = timeout === undefined || timeout === 0 ? undefined : io.clock.now() + timeout;
    return await eachOf(io, session, nodes, async (node) => {
      await setUnschedulable(io, session, node, true, options.dryRun);
      await empty({ io, session, options, deadline }, node);
      await say(io, `${displayName(node.kind, node.key.name)} drained${dryRunSuffix(options.dryRun)}`);
    });
  });
}

async function empty(drain: Drain, { key: { name } }: Chosen): Promise<void> {
  const { io, session, options } = drain;
  const selection = { fieldSelector: `spec.nodeName=${name}`, labelSelector: options.podSelector };
  const { items } = await session.api.list('pods', { namespace: undefined, ...selection });
  const { pods, refusals, warnings } = drainable(items as readonly Pod[], options);
  if (refusals.length > 0) {
    throw new CliError(exitCode.failed, `unable to drain node ${JSON.stringify(name)}: ${refusals.join('; ')}`);
  }
  for (const warning of warnings) await note(io, `Warning: ${warning}`);
  const ends = await Promise.allSettled(pods.map((pod) => end(drain, pod)));
  for (const result of ends) if (result.status === 'rejected') throw result.reason;
}

/** Evicts the pod as soon as its budget allows it, and waits until it is gone. */
async function end(drain: Drain, pod: Pod): Promise<void> {
  const { io, session, options, deadline } = drain;
  const { name, namespace = '', uid } = pod.metadata;
  await say(io, `evicting pod ${namespace}/${name}${dryRunSuffix(options.dryRun)}`);
  if (options.dryRun === 'client') return;
  let refusal = await evict(drain, pod);
  while (refusal !== undefined) {
    await note(
      io,
      `error when evicting pods/${JSON.stringify(name)} -n ${namespace} (will retry after 5s): ${refusal}`,
    );
    await pause(io.clock, Math.max(0, Math.min(RETRY, left(drain) ?? RETRY)), io.stop);
    if (io.stop.aborted) throw stopped(io);
    if (deadline !== undefined && io.clock.now() >= deadline) {
      throw new CliError(exitCode.timedOut, `timed out evicting pod ${namespace}/${name}: ${refusal}`);
    }
    refusal = await evict(drain, pod);
  }
  if (options.dryRun === 'server') return;
  const awaited = { kind: kinds.Pod, key: keyOf(kinds.Pod, namespace, name), what: 'not gone yet' };
  await untilObject(
    io,
    session,
    { ...awaited, timeout: left(drain) },
    (object) => object === undefined || object.metadata.uid !== uid,
  );
  await say(io, `pod/${name} evicted`);
}

const left = ({ io, deadline }: Drain): Millis | undefined =>
  deadline === undefined ? undefined : Math.max(0, deadline - io.clock.now());

/** Why the pod cannot be evicted now; undefined when it is, or when it is gone. */
async function evict({ session: { api }, options }: Drain, { metadata }: Pod): Promise<string | undefined> {
  const { name, namespace = '', uid } = metadata;
  const key = keyOf(kinds.Pod, namespace, name);
  try {
    await api.evict(key, {
      ...(uid === undefined ? {} : { preconditions: { uid } }),
      ...(options.gracePeriod < 0 ? {} : { gracePeriodSeconds: options.gracePeriod }),
      ...(options.dryRun === 'server' ? { dryRun: true } : {}),
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const { code } = error.status;
    if (code === 404) return undefined;
    // Somebody else has written it meanwhile, or another pod has taken the name.
    if (code !== 429 && code !== 409) throw error;
    return code === 409 && (await api.get(key)).metadata.uid !== uid ? undefined : error.message;
  }
}
