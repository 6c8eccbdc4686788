/**
 * The file of the pods that were applied on the device itself. What this agent can not read, as after a change of version, stays
 * in the file until a pod of its name is applied.
 */

import * as z from 'zod';
import type { Pod } from '../../../common/model/pod.ts';
import type { KeptFile } from '../../ports/manifests.ts';
import { type ManifestReader, problemLines } from './read-manifest.ts';

/** By namespace and name: a pod and how it was written. */
export type Local = ReadonlyMap<string, { readonly pod: Pod; readonly document: unknown }>;
export type LocalStore = {
  /** As they were when the store was opened. */
  readonly pods: Local;
  /** What was not readable then, one line each. */
  readonly problems: readonly string[];
  /** Rejects with KeptFileError. */
  save(pods: Local): Promise<void>;
};

const content = z.object({ documents: z.array(z.unknown()) });
const named = z.object({ metadata: z.object({ name: z.string(), namespace: z.string().default('default') }) });

export async function openLocalStore(
  file: KeptFile,
  { node, makeStaticPod }: Pick<ManifestReader, 'node' | 'makeStaticPod'>,
): Promise<LocalStore> {
  const pods = new Map<string, { readonly pod: Pod; readonly document: unknown }>();
  const unread: unknown[] = [];
  const problems: string[] = [];
  const found = await file.load();
  if (found !== undefined && 'problem' in found)
    problems.push(`pods that were applied here are lost: ${found.problem}`);
  else if (found !== undefined) {
    for (const document of content.parse(JSON.parse(Buffer.from(found.content).toString())).documents) {
      const made = await makeStaticPod('local', node, document);
      if (made.ok) {
        pods.set(localKey(made.object), { pod: made.object, document });
        continue;
      }
      const [cause] = made.causes;
      unread.push(document);
      const message = `${cause?.field ?? ''}: ${cause?.message ?? ''}`;
      problems.push(...problemLines([{ source: `pod ${nameIn(document) ?? ''} that was applied here`, message }]));
    }
  }
  return {
    pods,
    problems,
    async save(now) {
      const kept = unread.filter((document) => !now.has(`${nameIn(document)}-${node}`));
      const documents = [...kept, ...[...now.values()].map(({ document }) => document)];
      await file.save(Buffer.from(JSON.stringify({ documents })));
    },
  };
}

export const localKey = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** As far as it can be seen. */
function nameIn(document: unknown): string | undefined {
  const { success, data } = named.safeParse(document);
  return success ? `${data.metadata.namespace}/${data.metadata.name}` : undefined;
}
