/** Answers `pods/scheduling`: asks the scheduler that runs why a pod goes where it goes, or where one would. */

import type * as z from 'zod';
import { AskError } from '../../common/actor/ask.ts';
import { isRecord } from '../../common/lib/deep.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { SchedulingExplanation, schedulingRequest } from '../../common/model/scheduling-explanation.ts';
import { badRequest, notFound, type Status, serviceUnavailable } from '../../common/model/status.ts';
import type { Store, StoreKey } from '../../common/store/store.ts';
import type { Question } from '../core/scheduling/explanation.ts';
import type { Answer, Objects } from '../ports.ts';

export type ExplainDependencies = {
  readonly objects: Pick<Objects, 'create'>;
  readonly store: Pick<Store, 'get'>;
  /** Asks the scheduler; rejects with AskError. */
  readonly explain: (question: Question) => Promise<SchedulingExplanation>;
};

/** `dryRun`: about the pod of the request's manifest, which goes through all that a new pod goes through but the write. */
export async function explainPod(
  { objects, store, explain }: ExplainDependencies,
  key: StoreKey,
  { object, nodes }: z.infer<typeof schedulingRequest>,
  dryRun: boolean,
): Promise<Answer<KubeObject>> {
  const found = dryRun ? await admitted(objects, key, object) : await stored(store, key);
  if (!found.ok) return found;
  try {
    const question = { pod: found.value as Pod, dryRun, nodes };
    return { ok: true, value: await explain(question) };
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return refused(serviceUnavailable(`the scheduler does not answer: ${error.message}`));
  }
}

async function stored(store: Pick<Store, 'get'>, key: StoreKey): Promise<Answer<KubeObject>> {
  const entry = await store.get(key);
  return entry === undefined ? refused(notFound('pods', key.name)) : { ok: true, value: entry.object };
}

/** The pod as it would be stored; one of that name may be there already. */
async function admitted(
  objects: Pick<Objects, 'create'>,
  { name, namespace }: StoreKey,
  object: unknown,
): Promise<Answer<KubeObject>> {
  if (!isRecord(object) || !isRecord(object['metadata'])) return refused(badRequest('object: must be a pod'));
  const { name: _, ...metadata } = object['metadata'];
  const generated = { ...object, metadata: { ...metadata, generateName: `${name.slice(0, 50)}-` } };
  const answer = await objects.create('pods', generated, {
    dryRun: true,
    ...(namespace !== undefined && { namespace }),
  });
  if (!answer.ok) return answer;
  return { ok: true, value: { ...answer.value, metadata: { ...answer.value.metadata, name } } };
}

function refused(status: Status): Answer<never> {
  return { ok: false, status: status as unknown as KubeObject };
}
