/** ConfigMap (v1): settings that pods read as files or variables. */
import * as z from 'zod';
import { flag, mapOf, object } from './fields.ts';
import { objectMetaSchema, typeMeta } from './meta.ts';

/** Base64 as RFC 4648 section 4 writes it, with padding. */
export const base64 = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'must be base64')
  .meta({ title: 'Base64' });

export const configMapSchema = object('ConfigMap', 'Settings that pods read as files or variables.', {
  ...typeMeta('v1', 'ConfigMap'),
  metadata: objectMetaSchema,
  data: mapOf(z.string(), 'Keys and their text.').optional(),
  binaryData: mapOf(base64, 'Keys and their bytes, in base64. No key may stand in data too.').optional(),
  immutable: flag('The data can never change again.').optional(),
});
export type ConfigMap = z.infer<typeof configMapSchema>;
