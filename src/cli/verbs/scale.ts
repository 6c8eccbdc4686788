/** `scale`: another number of replicas. */

import type { ExitCode } from '../errors.ts';
import { exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { say } from '../print/emit.ts';
import { displayName, keyOf, parseWanted } from '../resources.ts';
import { withSession } from '../session.ts';
import type { Call } from '../verb.ts';

export type ScaleOptions = { readonly replicas: number };

export async function scale(io: Io, { args, options, globals }: Call<ScaleOptions>): Promise<ExitCode> {
  const wanted = parseWanted(args);
  for (const { kind, names } of wanted) {
    if (kind.kind !== 'Deployment' && kind.kind !== 'ReplicaSet')
      throw usageError(`${kind.plural} cannot be scaled; deployments and replicasets can`);
    if (names.length === 0) throw usageError('name what to scale, as deployment/NAME');
  }
  return await withSession(io, globals, async ({ api, target }) => {
    for (const { kind, names } of wanted)
      for (const name of names) {
        await api.patch(keyOf(kind, target.namespace, name), 'merge', { spec: { replicas: options.replicas } });
        await say(io, `${displayName(kind, name)} scaled`);
      }
    return exitCode.ok;
  });
}
