/** Which ConfigMaps and Secrets a pod reads. A digest over their versions tells when something has to be done anew. */

import { digest } from '../../../common/lib/hash.ts';
import type { ConfigMap } from '../../../common/model/config-map.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Secret } from '../../../common/model/secret.ts';

type InputKind = 'ConfigMap' | 'Secret';
export type Input = { readonly kind: InputKind; readonly name: string };
/** The objects of the pod's namespace that the device has. */
export type Inputs = {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
};

/** What fills the pod's volumes. */
export function volumeInputs(pod: Pod): readonly Input[] {
  return (pod.spec.volumes ?? []).flatMap(({ configMap, secret, projected }): Input[] => [
    ...namedIn(configMap?.name, secret?.secretName),
    ...(projected?.sources ?? []).flatMap((source) => namedIn(source.configMap?.name, source.secret?.name)),
  ]);
}

function namedIn(configMap: string | undefined, secret: string | undefined): readonly Input[] {
  return [
    ...(configMap === undefined ? [] : [{ kind: 'ConfigMap' as const, name: configMap }]),
    ...(secret === undefined ? [] : [{ kind: 'Secret' as const, name: secret }]),
  ];
}

/** What the containers' variables are taken from. */
export function envInputs(pod: Pod): readonly Input[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) => [
    ...(container.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => namedIn(configMapRef?.name, secretRef?.name)),
    ...(container.env ?? []).flatMap(({ valueFrom }) =>
      namedIn(valueFrom?.configMapKeyRef?.name, valueFrom?.secretKeyRef?.name),
    ),
  ]);
}

/** The passwords of the registries that its images come from. */
export function pullInputs(pod: Pod): readonly Input[] {
  return (pod.spec.imagePullSecrets ?? []).map(({ name }) => ({ kind: 'Secret', name }));
}

/** One text for the versions of some inputs; `digestOf` is undefined for what is not there. */
export function versionOf(inputs: readonly Input[], digestOf: (input: Input) => string | undefined): string {
  return inputs.map((input) => digestOf(input) ?? '-').join(',');
}

/** Changes with all that the pod's volumes show: objects and, where one shows the pod itself, what of the pod may change. */
export function volumesVersion(pod: Pod, digestOf: (input: Input) => string | undefined): string {
  const objects = versionOf(volumeInputs(pod), digestOf);
  const showsPod = (pod.spec.volumes ?? []).some(
    ({ downwardAPI, projected }) => downwardAPI ?? projected?.sources?.some((source) => source.downwardAPI),
  );
  if (!showsPod) return objects;
  const { labels, annotations } = pod.metadata;
  const resources = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(
    (container) => container.resources,
  );
  return `${objects} ${digest({ labels, annotations, resources })}`;
}

/** The objects that one pod reads, by name, as they travel to its worker. */
export type InputObjects = {
  readonly configMaps: ReadonlyMap<string, ConfigMap>;
  readonly secrets: ReadonlyMap<string, Secret>;
};

export function inputsOf({ configMaps, secrets }: InputObjects): Inputs {
  return { configMap: (name) => configMaps.get(name), secret: (name) => secrets.get(name) };
}
