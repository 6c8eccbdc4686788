/** `cordon`, `uncordon`: whether new pods come to nodes. */

import { kinds } from '../../common/model/kinds.ts';
import type { Node } from '../../common/model/node.ts';
import type { ExitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { say } from '../print/emit.ts';
import { displayName } from '../resources.ts';
import { type Chosen, choose, type DryRun, dryRunSuffix, eachOf } from '../select.ts';
import { type Session, withSession } from '../session.ts';
import type { Call } from '../verb.ts';

export type CordonOptions = { readonly selector?: string; readonly dryRun?: DryRun };

export const cordon = (io: Io, call: Call<CordonOptions>): Promise<ExitCode> => setAll(io, call, true);

export const uncordon = (io: Io, call: Call<CordonOptions>): Promise<ExitCode> => setAll(io, call, false);

async function setAll(io: Io, { args, options, globals }: Call<CordonOptions>, to: boolean): Promise<ExitCode> {
  return await withSession(io, globals, async (session) => {
    const nodes = await chooseNodes(session, args, options.selector);
    return await eachOf(io, session, nodes, (node) => setUnschedulable(io, session, node, to, options.dryRun));
  });
}

/** The named nodes, or those of a selector. Throws CliError. */
export async function chooseNodes(
  session: Session,
  args: readonly string[],
  selector: string | undefined,
): Promise<readonly Chosen[]> {
  // `pi-7` and `node/pi-7` are the same.
  const names = args.map((name) => name.replace(/^(nodes?|no)\//, ''));
  return await choose(session, [{ kind: kinds.Node, names }], selector === undefined ? {} : { selector });
}

/** Makes it so, and says so. */
export async function setUnschedulable(
  io: Io,
  { api }: Session,
  { kind, key }: Chosen,
  to: boolean,
  dryRun: DryRun | undefined,
): Promise<void> {
  const { spec } = (await api.get(key)) as Node;
  const word = to ? 'cordoned' : 'uncordoned';
  const name = displayName(kind, key.name);
  if ((spec.unschedulable ?? false) === to) return await say(io, `${name} already ${word}${dryRunSuffix(dryRun)}`);
  // As with kubectl, false is said by leaving it out.
  const patch = { spec: { unschedulable: to ? true : null } };
  if (dryRun !== 'client') await api.patch(key, 'merge', patch, { dryRun: dryRun === 'server' });
  await say(io, `${name} ${word}${dryRunSuffix(dryRun)}`);
}
