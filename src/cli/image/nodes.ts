/** Which nodes a verb about images means, and work on several of them. */

import { kinds } from '../../common/model/kinds.ts';
import { CliError, type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { note } from '../print/emit.ts';
import { keyOf } from '../resources.ts';
import type { Session } from '../session.ts';

export type NodeChoice = { readonly node?: readonly string[]; readonly all?: boolean; readonly selector?: string };

/** The named nodes, which must exist; those of a selector; or all. Throws CliError. */
export async function chooseNodes(
  { api, target }: Session,
  { node = [], all = false, selector }: NodeChoice,
): Promise<readonly string[]> {
  const ways = [node.length > 0, all, selector !== undefined].filter((given) => given).length;
  if (ways === 0) throw usageError('say which nodes: --node NAME,…, a selector (-l) or --all');
  if (ways > 1) throw usageError('--node, --all and a selector (-l) exclude each other');
  if (node.length > 0) {
    const names = [...new Set(node)];
    for (const name of names) await api.get(keyOf(kinds.Node, target.namespace, name));
    return names;
  }
  const { items } = await api.list(kinds.Node.plural, { labelSelector: selector });
  if (items.length === 0) throw new CliError(exitCode.notFound, 'there is no such node');
  return items.map(({ metadata }) => metadata.name).toSorted();
}

/**
 * Works on each node, at most `parallel` at once; what one refuses is told and keeps no other back. Answers with the code of
 * the first refusal. Throws what the user asked for (Ctrl-C) and bugs.
 */
export async function onEach(
  io: Io,
  nodes: readonly string[],
  parallel: number,
  work: (node: string) => Promise<void>,
): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const queue = [...nodes];
  const one = async (): Promise<void> => {
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      try {
        await work(node);
      } catch (error) {
        if (!(error instanceof CliError) || error.code === exitCode.interrupted) throw error;
        await note(io, `error: ${error.message}`);
        if (code === exitCode.ok) code = error.code;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, nodes.length) }, one));
  return code;
}
