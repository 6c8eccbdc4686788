/** Secret (v1): passwords, keys and tokens that pods read as files or variables. */
import * as z from 'zod';
import { base64 } from './config-map.ts';
import { flag, mapOf, object, text } from './fields.ts';
import { objectMetaSchema, typeMeta } from './meta.ts';

export const secretSchema = object('Secret', 'Passwords, keys and tokens that pods read as files or variables.', {
  ...typeMeta('v1', 'Secret'),
  metadata: objectMetaSchema,
  type: text('What it is for, such as Opaque or kubernetes.io/tls; it never changes.').default('Opaque'),
  data: mapOf(base64, 'Keys and their bytes, in base64.').optional(),
  stringData: mapOf(
    z.string(),
    'Keys and their text; only for writing: moved to data, before which it goes.',
  ).optional(),
  immutable: flag('The data can never change again.').optional(),
});
export type Secret = z.infer<typeof secretSchema>;
