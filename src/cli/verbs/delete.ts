/** `delete`: ends objects, and waits until they are gone. */

import type { Kind } from '../../common/model/kind.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { StoreKey } from '../../common/store/store.ts';
import { resolveTarget } from '../config.ts';
import { CliError, type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { readManifests } from '../manifest/check.ts';
import { note, say } from '../print/emit.ts';
import { displayName, keyOf, parseWanted } from '../resources.ts';
import { asCliError, type Session, withSession } from '../session.ts';
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
  readonly dryRun?: 'none' | 'client' | 'server';
};
type Victim = { readonly kind: Kind; readonly key: StoreKey };
const policies = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

export async function deleteObjects(io: Io, { args, options, globals }: Call<DeleteOptions>): Promise<ExitCode> {
  if (options.output !== undefined && options.output !== 'name') throw usageError('delete knows only -o name');
  const fromFiles =
    options.filename === undefined ? undefined : await readManifests(io, options, await resolveTarget(io, globals));
  if (fromFiles !== undefined && args.length > 0) throw usageError('delete takes -f or names, not both');
  return await withSession(io, globals, async (session) => {
    const victims = fromFiles ?? (await chosen(session, args, options));
    if (victims.length === 0) await note(io, 'No resources found');
    const ending: (Victim & { readonly uid: string | undefined })[] = [];
    let code: ExitCode = exitCode.ok;
    for (const victim of victims) {
      try {
        const object = await deleteOne(session, victim, options);
        const grace = options.force ? 'force deleted' : 'deleted';
        const name = displayName(victim.kind, victim.key.name);
        await say(
          io,
          options.output === 'name'
            ? name
            : `${name.replace('/', ' "')}" ${grace}${options.dryRun === 'client' ? ' (dry run)' : options.dryRun === 'server' ? ' (server dry run)' : ''}`,
        );
        ending.push({ ...victim, uid: object?.metadata.uid });
      } catch (error) {
        const told = asCliError(error, session.target);
        if (!(told instanceof CliError) || told.code === exitCode.unreachable) throw error;
        if (told.code === exitCode.notFound && options.ignoreNotFound) continue;
        await note(io, `error: ${told.message}`);
        if (code === exitCode.ok) code = told.code;
      }
    }
    if (options.wait !== false && (options.dryRun ?? 'none') === 'none')
      await awaitGone(io, session, ending, options.timeout);
    return code;
  });
}

async function chosen(
  { api, target }: Session,
  args: readonly string[],
  options: DeleteOptions,
): Promise<readonly Victim[]> {
  const wanted = parseWanted(args);
  const named = wanted.some(({ names }) => names.length > 0);
  if (named && (options.all || options.selector !== undefined))
    throw usageError('names go neither with --all nor with a selector');
  if (!named && !options.all && options.selector === undefined)
    throw usageError('name the objects, or give a selector (-l) or --all');
  const victims: Victim[] = [];
  for (const { kind, names } of wanted) {
    victims.push(...names.map((name) => ({ kind, key: keyOf(kind, target.namespace, name) })));
    if (named) continue;
    const namespace = options.allNamespaces || !kind.namespaced ? undefined : target.namespace;
    const { items } = await api.list(kind.plural, { namespace, labelSelector: options.selector });
    victims.push(...items.map(({ metadata }) => ({ kind, key: keyOf(kind, metadata.namespace ?? '', metadata.name) })));
  }
  return victims;
}

async function deleteOne({ api }: Session, { key }: Victim, options: DeleteOptions): Promise<KubeObject | undefined> {
  if (options.dryRun === 'client') return await api.get(key);
  const grace = options.force ? 0 : options.now ? 1 : options.gracePeriod;
  return await api.delete(key, {
    propagationPolicy: policies[options.cascade ?? 'background'],
    ...(grace === undefined || grace < 0 ? {} : { gracePeriodSeconds: grace }),
    ...(options.dryRun === 'server' ? { dryRun: true } : {}),
  });
}

async function awaitGone(
  io: Io,
  session: Session,
  ending: readonly (Victim & { readonly uid: string | undefined })[],
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
