/** Which nodes a verb about images means. */

import { kinds } from '../../common/model/kinds.ts';
import { CliError, exitCode, usageError } from '../errors.ts';
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
