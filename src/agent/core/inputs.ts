/** Which ConfigMaps and Secrets a pod reads. A digest over their versions tells when something has to be done anew. */

import type { ConfigMap } from '../../common/model/config-map.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { Secret } from '../../common/model/secret.ts';

type InputKind = 'ConfigMap' | 'Secret';
export type Input = { readonly kind: InputKind; readonly name: string };
/** The objects of the pod's namespace that the device has. */
export type Inputs = {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
};

/** What fills the pod's volumes. */
export function volumeInputs(pod: Pod): readonly Input[] {
  return (pod.spec.volumes ?? []).flatMap(({ configMap, secret }): Input[] => [
    ...(configMap ? [{ kind: 'ConfigMap' as const, name: configMap.name }] : []),
    ...(secret ? [{ kind: 'Secret' as const, name: secret.secretName }] : []),
  ]);
}

/** What the containers' variables are taken from. */
export function envInputs(pod: Pod): readonly Input[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) => [
    ...(container.envFrom ?? []).flatMap(({ configMapRef, secretRef }): Input[] => [
      ...(configMapRef ? [{ kind: 'ConfigMap' as const, name: configMapRef.name }] : []),
      ...(secretRef ? [{ kind: 'Secret' as const, name: secretRef.name }] : []),
    ]),
    ...(container.env ?? []).flatMap(({ valueFrom }): Input[] => [
      ...(valueFrom?.configMapKeyRef ? [{ kind: 'ConfigMap' as const, name: valueFrom.configMapKeyRef.name }] : []),
      ...(valueFrom?.secretKeyRef ? [{ kind: 'Secret' as const, name: valueFrom.secretKeyRef.name }] : []),
    ]),
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

/** The objects that one pod reads, by name, as they travel to its worker. */
export type InputObjects = {
  readonly configMaps: ReadonlyMap<string, ConfigMap>;
  readonly secrets: ReadonlyMap<string, Secret>;
};

export function inputsOf({ configMaps, secrets }: InputObjects): Inputs {
  return { configMap: (name) => configMaps.get(name), secret: (name) => secrets.get(name) };
}
