/** `__complete`: what may stand where the cursor is, one word a line. Says nothing where it does not know. */

import { allKinds, resourceFor } from '../../common/model/kinds.ts';
import { CliError, type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { withSession } from '../session.ts';
import type { Call, Globals } from '../verb.ts';

export type CompleteOptions = { readonly commands: Readonly<Record<string, readonly string[]>> };

const withResources = new Set(['get', 'describe', 'patch', 'delete', 'scale', 'wait', 'explain']);
const withPods = new Set(['logs', 'exec', 'attach', 'port-forward']);
const rolloutVerbs = new Set(['status', 'history', 'undo', 'restart']);

export async function complete(io: Io, { args, options, globals }: Call<CompleteOptions>): Promise<ExitCode> {
  const words = args.slice(0, -1).filter((word) => !word.startsWith('-'));
  const candidates = await after(io, globals, words, args.at(-1) ?? '', options.commands);
  await io.stdout.write(candidates.map((word) => `${word}\n`).join(''));
  return exitCode.ok;
}

async function after(
  io: Io,
  globals: Globals,
  [verb, second, ...rest]: readonly string[],
  current: string,
  commands: CompleteOptions['commands'],
): Promise<readonly string[]> {
  if (verb === undefined) return Object.keys(commands);
  if (second === undefined && (commands[verb]?.length ?? 0) > 0) return commands[verb] ?? [];
  if (withPods.has(verb) && second === undefined) return await names(io, globals, 'pods');
  if (verb === 'rollout' && second !== undefined && rolloutVerbs.has(second) && rest.length === 0)
    return (await names(io, globals, 'deployments')).map((name) => `deployment/${name}`);
  if (!withResources.has(verb)) return [];
  const slash = current.indexOf('/');
  if (slash > 0) {
    const resource = current.slice(0, slash);
    return (await names(io, globals, resource)).map((name) => `${resource}/${name}`);
  }
  return second === undefined ? allKinds.map(({ plural }) => plural) : await names(io, globals, second);
}

/** Names of the resource's objects; none when the cluster cannot be asked, as nobody reads an error here. */
async function names(io: Io, globals: Globals, resource: string): Promise<readonly string[]> {
  const kind = resourceFor(resource);
  if (kind === undefined) return [];
  try {
    return await withSession(io, globals, async ({ api, target }) => {
      const { items } = await api.list(kind.plural, { namespace: kind.namespaced ? target.namespace : undefined });
      return items.map(({ metadata }) => metadata.name);
    });
  } catch (error) {
    if (error instanceof CliError) return [];
    throw error;
  }
}
