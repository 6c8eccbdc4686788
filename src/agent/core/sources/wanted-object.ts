/**
 * What the master names and what an older version has kept, read anew: with this version's defaults, and nothing that has not
 * the shape that the agent relies on.
 */

import { configMapSchema } from '../../../common/model/config-map.ts';
import type { KubeObject } from '../../../common/model/meta.ts';
import { type ParseResult, parseTolerant } from '../../../common/model/parse.ts';
import { type Pod, podSchema } from '../../../common/model/pod.ts';
import { withPodSpecDefaults } from '../../../common/model/rules/pod-defaults.ts';
import { secretRules } from '../../../common/model/rules/secret.ts';
import { secretSchema } from '../../../common/model/secret.ts';

/** An object under the key of the one who wants it. */
export type WantedEntry = { readonly key: string; readonly digest: string; readonly object: KubeObject };

/** `refused`: one line for each object that can not be used, with the field and what is wrong with it. */
export function readWanted(entries: readonly WantedEntry[]): {
  readonly set: readonly WantedEntry[];
  readonly refused: readonly string[];
} {
  const set: WantedEntry[] = [];
  const refused: string[] = [];
  for (const entry of entries) {
    const read = readObject(entry.object);
    if (read.ok) set.push({ ...entry, object: read.object });
    else refused.push(`${entry.key}: ${read.causes.map(({ field, message }) => `${field}: ${message}`).join('; ')}`);
  }
  return { set, refused };
}

/** Not the table of all kinds: a device would hold schemas, rules and columns that it never uses. */
const pod = { schema: podSchema, defaults: (one: Pod): Pod => ({ ...one, spec: withPodSpecDefaults(one.spec) }) };
const secret = { ...secretRules, schema: secretSchema };

function readObject(object: KubeObject): ParseResult<KubeObject> {
  switch (object.kind) {
    case 'Pod':
      return parseTolerant(pod, object);
    case 'ConfigMap':
      return parseTolerant({ schema: configMapSchema }, object);
    case 'Secret':
      return parseTolerant(secret, object);
    default:
      return {
        ok: false,
        causes: [{ reason: 'FieldValueNotSupported', field: 'kind', message: `a device runs no ${object.kind}` }],
      };
  }
}
