/** Lease (coordination.k8s.io/v1): who holds something, and until when. */
import type { z } from 'zod';
import { int32, object, text, time } from './fields.ts';
import { objectMetaSchema, typeMeta } from './meta.ts';

export const leaseSchema = object('Lease', 'Who holds something, and until when.', {
  ...typeMeta('coordination.k8s.io/v1', 'Lease'),
  metadata: objectMetaSchema,
  spec: object('LeaseSpec', 'The holder and its times.', {
    holderIdentity: text('Who holds it.').optional(),
    leaseDurationSeconds: int32('Seconds after renewTime at which it may be taken.', 1).optional(),
    acquireTime: time('When the holder took it.').optional(),
    renewTime: time('When the holder last renewed it.').optional(),
    leaseTransitions: int32('How often the holder changed.').optional(),
  }).default({}),
});
export type Lease = z.infer<typeof leaseSchema>;
