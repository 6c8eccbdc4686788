/** The environment of a container, with its command and arguments, from the spec and the objects that it refers to. */

import type { Container } from '../../../common/model/container.ts';
import type { EnvFromSource, EnvVarSource } from '../../../common/model/env.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { expand } from './expansion.ts';
import { type Addresses, containerOf, fieldValue, resourceValue } from './field-ref.ts';
import type { Inputs } from './inputs.ts';
import { found, missing, type Resolved } from './resolved.ts';

export type Variables = readonly { readonly key: string; readonly value: string }[];

type Source = Resolved<string | undefined>;

/** envFrom first, env after it and over it. `$(NAME)` in a value stands for a variable that comes before it. */
export function environment(pod: Pod, container: Container, inputs: Inputs, addresses: Addresses): Resolved<Variables> {
  const all = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const values = wholeSource(source, inputs, pod.metadata.namespace ?? 'default');
    if (!values.ok) return values;
    for (const [key, value] of values.value) all.set(`${source.prefix ?? ''}${key}`, value);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const result: Source = valueFrom
      ? sourceValue(pod, container, valueFrom, inputs, addresses)
      : found(expand(value ?? '', (key) => all.get(key)));
    if (!result.ok) return result;
    if (result.value === undefined) continue;
    all.set(name, result.value);
  }
  return found([...all].map(([key, value]) => ({ key, value })));
}

/** Command and arguments with `$(NAME)` filled in from the container's whole environment. */
export function expandAll(texts: readonly string[] | undefined, variables: Variables): readonly string[] {
  const values = new Map(variables.map(({ key, value }) => [key, value]));
  return (texts ?? []).map((text) => expand(text, (name) => values.get(name)));
}

function wholeSource(
  { configMapRef, secretRef }: EnvFromSource,
  inputs: Inputs,
  namespace: string,
): Resolved<readonly (readonly [string, string])[]> {
  if (configMapRef) {
    const map = inputs.configMap(configMapRef.name);
    if (map === undefined && configMapRef.optional !== true)
      return missing(`configmap "${configMapRef.name}" not found`);
    return found(Object.entries(map?.data ?? {}));
  }
  if (secretRef) {
    const secret = inputs.secret(secretRef.name);
    if (secret === undefined && secretRef.optional !== true) return missing(`secret "${secretRef.name}" not found`);
    return found(Object.entries(secret?.data ?? {}).map(([key, text]) => [key, decoded(text)] as const));
  }
  return missing(`envFrom in namespace ${namespace} names no source`);
}

function sourceValue(pod: Pod, container: Container, from: EnvVarSource, inputs: Inputs, addresses: Addresses): Source {
  const namespace = pod.metadata.namespace ?? 'default';
  if (from.configMapKeyRef) {
    const { name, key, optional } = from.configMapKeyRef;
    return keyValue('ConfigMap', namespace, name, key, optional, configData(inputs, name), (text) => text);
  }
  if (from.secretKeyRef) {
    const { name, key, optional } = from.secretKeyRef;
    return keyValue('Secret', namespace, name, key, optional, secretData(inputs, name), decoded);
  }
  if (from.fieldRef) {
    const value = fieldValue(pod, from.fieldRef.fieldPath, addresses);
    return value === undefined ? missing(`unsupported fieldPath: ${from.fieldRef.fieldPath}`) : found(value);
  }
  if (from.resourceFieldRef) return resourceSource(pod, container, from.resourceFieldRef, addresses);
  return missing('valueFrom names no source');
}

const decoded = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');

function secretData(inputs: Inputs, name: string): Readonly<Record<string, string>> | undefined {
  const secret = inputs.secret(name);
  return secret && (secret.data ?? {});
}

function keyValue(
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  name: string,
  key: string,
  optional: boolean | undefined,
  data: Readonly<Record<string, string>> | undefined,
  read: (text: string) => string,
): Source {
  const text = data !== undefined && Object.hasOwn(data, key) ? data[key] : undefined;
  if (text !== undefined) return found(read(text));
  if (optional) return found(undefined);
  return data === undefined
    ? missing(`${kind.toLowerCase()} "${name}" not found`)
    : missing(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
}

function resourceSource(
  pod: Pod,
  container: Container,
  { containerName, resource, divisor }: NonNullable<EnvVarSource['resourceFieldRef']>,
  { node }: Addresses,
): Source {
  const target = containerName === undefined ? container : containerOf(pod, containerName);
  if (target === undefined) return missing(`container ${containerName} not found`);
  const value = resourceValue(target, resource, divisor, node);
  return value === undefined ? missing(`unsupported container resource: ${resource}`) : found(value);
}

function configData(inputs: Inputs, name: string): Readonly<Record<string, string>> | undefined {
  const map = inputs.configMap(name);
  return map && (map.data ?? {});
}
