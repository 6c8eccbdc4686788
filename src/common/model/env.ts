/** Environment variables of a container and where their values come from. */
import type { z } from 'zod';
import { flag, object, oneOf, text } from './fields.ts';
import { quantity } from './quantity-field.ts';

const keySelector = (title: string, kind: string) =>
  object(title, `One key of a ${kind} in the pod's namespace.`, {
    name: text(`Name of the ${kind}.`),
    key: text('Key whose value is taken.'),
    optional: flag(`The variable is left out when the ${kind} or the key does not exist.`).optional(),
  });
const wholeSource = (title: string, kind: string) =>
  object(title, `All keys of a ${kind} in the pod's namespace.`, {
    name: text(`Name of the ${kind}.`),
    optional: flag(`Nothing is added when the ${kind} does not exist.`).optional(),
  });

export const fieldSelectorSchema = object('ObjectFieldSelector', 'A field of the pod itself.', {
  apiVersion: oneOf(['v1'], 'Version of the field path.').default('v1'),
  fieldPath: text("Path such as metadata.name, metadata.labels['key'], spec.nodeName or status.podIP."),
});
export const resourceSelectorSchema = object('ResourceFieldSelector', 'A resource limit or request of a container.', {
  containerName: text('Container; this one when absent. Files of volumes must name it.').optional(),
  resource: text('limits.cpu, limits.memory, requests.cpu or requests.memory.'),
  divisor: quantity('Unit that the value is given in; rounded up. Default 1.').optional(),
});

const envVarSourceSchema = object('EnvVarSource', 'Where the value comes from; exactly one of the fields.', {
  configMapKeyRef: keySelector('ConfigMapKeySelector', 'ConfigMap').optional(),
  secretKeyRef: keySelector('SecretKeySelector', 'Secret').optional(),
  fieldRef: fieldSelectorSchema.optional(),
  resourceFieldRef: resourceSelectorSchema.optional(),
});
export type EnvVarSource = z.infer<typeof envVarSourceSchema>;

export const envVarSchema = object('EnvVar', 'An environment variable.', {
  name: text('Name of the variable.'),
  value: text('Value; $(NAME) stands for an earlier variable, $$ for one dollar.').optional(),
  valueFrom: envVarSourceSchema.optional(),
});
export type EnvVar = z.infer<typeof envVarSchema>;

export const envFromSourceSchema = object('EnvFromSource', 'Variables from all keys of a ConfigMap or Secret.', {
  prefix: text('Text before each key.').optional(),
  configMapRef: wholeSource('ConfigMapEnvSource', 'ConfigMap').optional(),
  secretRef: wholeSource('SecretEnvSource', 'Secret').optional(),
});
export type EnvFromSource = z.infer<typeof envFromSourceSchema>;
