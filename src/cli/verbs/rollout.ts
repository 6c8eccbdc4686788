/** `rollout`: follows, lists, takes back and repeats the rollouts of Deployments. */

import { stringify } from 'yaml';
import { deepEqual, isRecord } from '../../common/lib/deep.ts';
import { toTimestamp } from '../../common/lib/time.ts';
import { kinds } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { StoreKey } from '../../common/store/store.ts';
import { CliError, type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { emit, say } from '../print/emit.ts';
import { tableText } from '../print/table.ts';
import { displayName, keyOf, parseOne } from '../resources.ts';
import { deploymentState } from '../rollout-state.ts';
import { type Session, withSession } from '../session.ts';
import { untilObject } from '../until.ts';
import type { Call } from '../verb.ts';

export type RolloutOptions = {
  readonly timeout?: number;
  readonly watch?: boolean;
  readonly toRevision?: number;
  readonly revision?: number;
};

const revisionNote = 'deployment.kubernetes.io/revision';
const causeNote = 'kubernetes.io/change-cause';
const noCause = '<none>';
const hashLabel = 'pod-template-hash';
const kind = kinds.Deployment;

/** Prints the progress until the rollout is done; exit code 1 when its deadline has passed. */
export async function status(io: Io, call: Call<RolloutOptions>): Promise<ExitCode> {
  return await onDeployment(io, call, async (session, key) => {
    let last = '';
    const awaited = { kind, key, what: 'the rollout is not finished', timeout: call.options.timeout || undefined };
    await session.api.get(key);
    await untilObject(io, session, awaited, async (object) => {
      if (object === undefined) throw new CliError(exitCode.failed, `deployment "${key.name}" was deleted`);
      const { state, message } = deploymentState(object);
      if (state === 'failed') throw new CliError(exitCode.failed, message);
      if (message !== last) await say(io, message);
      last = message;
      return state === 'done' || call.options.watch === false;
    });
  });
}

export async function history(io: Io, call: Call<RolloutOptions>): Promise<ExitCode> {
  return await onDeployment(io, call, async (session, key) => {
    const revisions = await revisionsOf(session, key, await session.api.get(key));
    const { revision: wanted } = call.options;
    if (wanted !== undefined) {
      const { template } = pick(revisions, key, wanted);
      await emit(io, `deployment.apps/${key.name} with revision #${wanted}\n${stringify(template)}`);
      return;
    }
    const rows = revisions.map(({ revision, cause }) => [String(revision), cause]);
    await emit(io, `deployment.apps/${key.name} \n${tableText({ headers: ['REVISION', 'CHANGE-CAUSE'], rows })}\n`);
  });
}

export async function undo(io: Io, call: Call<RolloutOptions>): Promise<ExitCode> {
  return await onDeployment(io, call, async (session, key) => {
    const live = await session.api.get(key);
    const revisions = await revisionsOf(session, key, live);
    // Without a number: the one before the newest.
    const to = call.options.toRevision || revisions.at(-2)?.revision;
    if (to === undefined) throw new CliError(exitCode.failed, `no rollout history found for deployment "${key.name}"`);
    const { template, cause } = pick(revisions, key, to);
    const spec = isRecord(live.spec) ? live.spec : {};
    if (deepEqual(template, spec['template'])) {
      await say(
        io,
        `${displayName(kind, key.name)} skipped rollback (current template already matches revision ${to})`,
      );
      return;
    }
    const { [causeNote]: _, ...others } = live.metadata.annotations ?? {};
    const annotations = cause === noCause ? others : { ...others, [causeNote]: cause };
    const { resourceVersion: __, ...metadata } = live.metadata;
    await session.api.update(key, { ...live, metadata: { ...metadata, annotations }, spec: { ...spec, template } });
    await say(io, `${displayName(kind, key.name)} rolled back`);
  });
}

export async function restart(io: Io, call: Call<RolloutOptions>): Promise<ExitCode> {
  return await onDeployment(io, call, async ({ api }, key) => {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': toTimestamp(io.clock.wall()) };
    await api.patch(key, 'strategic', { spec: { template: { metadata: { annotations } } } });
    await say(io, `${displayName(kind, key.name)} restarted`);
  });
}

async function onDeployment(
  io: Io,
  { args, globals }: Call<RolloutOptions>,
  work: (session: Session, key: StoreKey) => Promise<void>,
): Promise<ExitCode> {
  const one = parseOne(args, kind);
  if (one.kind.plural !== kind.plural) throw usageError(`${one.kind.plural} have no rollouts; deployments have`);
  return await withSession(io, globals, async (session) => {
    await work(session, keyOf(kind, session.target.namespace, one.name));
    return exitCode.ok;
  });
}

type Revision = { readonly revision: number; readonly cause: string; readonly template: unknown };

/** The revisions that the Deployment's ReplicaSets keep, oldest first. */
async function revisionsOf({ api }: Session, key: StoreKey, { metadata }: KubeObject): Promise<readonly Revision[]> {
  const { items } = await api.list(kinds.ReplicaSet.plural, { namespace: key.namespace });
  const own = items.filter(({ metadata: { ownerReferences = [] } }) =>
    ownerReferences.some(({ uid }) => uid === metadata.uid),
  );
  const revisions = own.map(({ metadata: { annotations = {} }, spec }) => ({
    revision: Number(annotations[revisionNote] ?? 0),
    cause: annotations[causeNote] ?? noCause,
    template: withoutHash(isRecord(spec) ? spec['template'] : undefined),
  }));
  return revisions.toSorted((a, b) => a.revision - b.revision);
}

function pick(revisions: readonly Revision[], key: StoreKey, wanted: number): Revision {
  const found = revisions.find(({ revision }) => revision === wanted);
  if (found !== undefined) return found;
  const known = revisions.map(({ revision }) => revision).join(', ') || 'none';
  throw new CliError(
    exitCode.failed,
    `unable to find revision ${wanted} of deployment "${key.name}"; there are ${known}`,
  );
}

/** The template as the Deployment had it: the label that tells its ReplicaSets apart is not its own. */
function withoutHash(template: unknown): unknown {
  if (!isRecord(template) || !isRecord(template['metadata'])) return template;
  const { labels, ...metadata } = template['metadata'];
  const { [hashLabel]: _hash, ...others } = isRecord(labels) ? labels : {};
  return { ...template, metadata: { ...metadata, labels: others } };
}
