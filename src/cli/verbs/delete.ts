/** `delete`: ends objects, and waits until they are gone. */

import type { KubeObject } from '../../common/model/meta.ts';
import { resolveTarget } from '../config.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { readManifests } from '../manifest/check.ts';
import { note, say } from '../print/emit.ts';
import { displayName, parseWanted } from '../resources.ts';
import { type Chosen, choose, type DryRun, dryRunSuffix, eachOf } from '../select.ts';
import { type Session, withSession } from '../session.ts';
import { untilObject } from '../until.ts';
import type { Call } from '../verb.ts';

export type DeleteOptions = {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  readonly wait?: boolean;
  readonly cascade?: 'background' | 'foreground' | 'orphan';
  readonly gracePeriod?: number;
  readonly now?: boolean;
  readonly force?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly timeout?: number;
  readonly output?: string;
  readonly dryRun?: DryRun;
};
type Ending = Chosen & { readonly uid: string | undefined };
const policies = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

export async function deleteObjects(io: Io, { args, options, globals }: Call<DeleteOptions>): Promise<ExitCode> {
  if (options.output !== undefined && options.output !== 'name') throw usageError('delete knows only -o name');
  if (options.filename !== undefined && args.length > 0) throw usageError('delete takes -f or names, not both');
  const grace = graceOf(options);
  const fromFiles = options.filename && (await readManifests(io, options, await resolveTarget(io, globals)));
  const wanted = fromFiles ? [] : parseWanted(args);
  const verb = `${options.force ? 'force deleted' : 'deleted'}${dryRunSuffix(options.dryRun)}`;
  if (grace === 0) {
    const warning = 'Immediate deletion does not wait for confirmation that the running resource has been terminated.';
    await note(io, `Warning: ${warning} The resource may continue to run on the cluster indefinitely.`);
  }
  return await withSession(io, globals, async (session) => {
    const victims = fromFiles ?? (await choose(session, wanted, options));
    if (victims.length === 0) await note(io, 'No resources found');
    const ending: Ending[] = [];
    const work = async (victim: Chosen): Promise<void> => {
      const object = await deleteOne(session, victim, options, grace);
      const name = displayName(victim.kind, victim.key.name);
      await say(io, options.output === 'name' ? name : `${name.replace('/', ' "')}" ${verb}`);
      ending.push({ ...victim, uid: object.metadata.uid });
    };
    const code = await eachOf(io, session, victims, work, options.ignoreNotFound ? [exitCode.notFound] : []);
    if (options.wait !== false && (options.dryRun ?? 'none') === 'none')
      await awaitGone(io, session, ending, options.timeout);
    return code;
  });
}

/** The seconds that are asked for, as kubectl reads its flags: only --force takes the time to end away. */
function graceOf({ gracePeriod = -1, now, force }: DeleteOptions): number | undefined {
  if (now && gracePeriod >= 0) throw usageError('--now and --grace-period cannot be specified together');
  if (force && (now || gracePeriod > 0)) {
    throw usageError('--force and --grace-period greater than 0 cannot be specified together');
  }
  if (force) return 0;
  if (now || gracePeriod === 0) return 1;
  return gracePeriod < 0 ? undefined : gracePeriod;
}

async function deleteOne(
  { api }: Session,
  { key }: Chosen,
  options: DeleteOptions,
  grace: number | undefined,
): Promise<KubeObject> {
  if (options.dryRun === 'client') return await api.get(key);
  return await api.delete(key, {
    propagationPolicy: policies[options.cascade ?? 'background'],
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(options.dryRun === 'server' ? { dryRun: true } : {}),
  });
}

async function awaitGone(
  io: Io,
  session: Session,
  ending: readonly Ending[],
  timeout: number | undefined,
): Promise<void> {
  const deadline = timeout === undefined || timeout === 0 ? undefined : io.clock.now() + timeout;
  for (const { kind, key, uid } of ending) {
    const left = deadline === undefined ? undefined : Math.max(0, deadline - io.clock.now());
    // Another object of the same name is not the one that was deleted.
    await untilObject(
      io,
      session,
      { kind, key, what: 'not gone yet', timeout: left },
      (object) => object === undefined || object.metadata.uid !== uid,
    );
  }
}
