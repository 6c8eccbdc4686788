/** Namespace (v1): a part of the cluster within which names are unique. */
import * as z from 'zod';
import { listOf, object, oneOf } from './fields.ts';
import { conditionSchema, objectMetaSchema, typeMeta } from './meta.ts';

export const namespaceSchema = object('Namespace', 'A part of the cluster within which names are unique.', {
  ...typeMeta('v1', 'Namespace'),
  metadata: objectMetaSchema,
  spec: object('NamespaceSpec', 'What is wanted of a namespace.', {
    finalizers: listOf(z.string(), 'Names that must be removed before a deleted namespace goes.').optional(),
  }).default({}),
  status: object('NamespaceStatus', 'The observed state of a namespace.', {
    phase: oneOf(['Active', 'Terminating'], 'Terminating while its content is removed.').default('Active'),
    conditions: listOf(conditionSchema, 'What a deletion still waits for.').optional(),
  }).optional(),
});
export type Namespace = z.infer<typeof namespaceSchema>;
