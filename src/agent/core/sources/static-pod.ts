/** Makes the pod that a device runs of what a manifest on the device says, as the kubelet makes its static pods. */

import { isRecord } from '../../../common/lib/deep.ts';
import { digest } from '../../../common/lib/hash.ts';
import { identify } from '../../../common/model/identify.ts';
import { kinds } from '../../../common/model/kinds.ts';
import { type ParseResult, parseStrict, validateObject } from '../../../common/model/parse.ts';
import type { Pod } from '../../../common/model/pod.ts';
import {
  configHashAnnotation,
  configSourceAnnotation,
  type StaticSource,
  staticUid,
} from '../../../common/model/static-pods.ts';
import type { StatusCause } from '../../../common/model/status.ts';

/** Fields of a pod's spec that read objects of the API, by what they read. */
const references: Readonly<Record<string, string>> = {
  secret: 'Secrets',
  secretRef: 'Secrets',
  secretKeyRef: 'Secrets',
  imagePullSecrets: 'Secrets',
  configMap: 'ConfigMaps',
  configMapRef: 'ConfigMaps',
  configMapKeyRef: 'ConfigMaps',
  serviceAccount: 'ServiceAccounts',
  serviceAccountName: 'ServiceAccounts',
  serviceAccountToken: 'ServiceAccounts',
  persistentVolumeClaim: 'PersistentVolumeClaims',
};
/** Fields whose keys are people's own words. */
const free = new Set(['nodeSelector', 'limits', 'requests']);

/**
 * The static pod of a document: `<name>-<node>` in `default` unless it says otherwise, bound to the node, tolerating every
 * NoExecute taint, its uid from what is written in it. Otherwise every cause against it, with the paths of the document.
 */
export function staticPod(source: StaticSource, node: string, document: unknown): ParseResult<Pod> {
  const identified = identify(document);
  if (!identified.ok) return identified;
  if (identified.kind.kind !== 'Pod') return refuse('kind', `found ${identified.kind.kind}; accepted is Pod`);
  const parsed = parseStrict(kinds.Pod, document);
  const forbidden = isRecord(document) ? referencesIn(document['spec'], 'spec') : [];
  if (!parsed.ok) return { ok: false, causes: [...parsed.causes, ...forbidden] };
  if (forbidden.length > 0) return { ok: false, causes: forbidden };
  const { metadata, spec } = parsed.object;
  const written = isRecord(document) ? { metadata: document['metadata'], spec: document['spec'] } : {};
  const uid = staticUid(source, digest({ node, ...written }));
  const pod: Pod = {
    ...parsed.object,
    metadata: {
      name: `${metadata.name}-${node}`,
      namespace: metadata.namespace ?? 'default',
      uid,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata.annotations, [configHashAnnotation]: uid, [configSourceAnnotation]: source },
    },
    spec: {
      ...spec,
      nodeName: node,
      tolerations: [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
    status: { phase: 'Pending' },
  };
  const causes = validateObject(kinds.Pod, pod);
  return causes.length > 0 ? { ok: false, causes } : { ok: true, object: pod };
}

/** As Kubernetes: a static pod runs without the API, so it reads nothing from there. */
function referencesIn(value: unknown, path: string): StatusCause[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => referencesIn(item, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = `${path}.${name}`;
    const what = Object.hasOwn(references, name) ? references[name] : undefined;
    if (what !== undefined && inner !== null && inner !== undefined) {
      const message = `a static pod may not reference ${what}: it runs without the API`;
      return [{ field: at, reason: 'FieldValueForbidden' as const, message: `Forbidden: ${message}` }];
    }
    return free.has(name) ? [] : referencesIn(inner, at);
  });
}

function refuse(field: string, message: string): ParseResult<Pod> {
  return { ok: false, causes: [{ field, reason: 'FieldValueInvalid', message }] };
}
