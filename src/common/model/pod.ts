/** Pod (v1): containers that run together on one node. */
import type { z } from 'zod';
import { object } from './fields.ts';
import { objectMetaSchema, typeMeta } from './meta.ts';
import { podSpecSchema } from './pod-spec.ts';
import { podStatusSchema } from './pod-status.ts';

export const podSchema = object('Pod', 'Containers that run together on one node and share its fate.', {
  ...typeMeta('v1', 'Pod'),
  metadata: objectMetaSchema,
  spec: podSpecSchema,
  status: podStatusSchema.optional(),
});
export type Pod = z.infer<typeof podSchema>;
