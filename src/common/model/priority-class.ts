/** PriorityClass (scheduling.k8s.io/v1): a name for how important pods are. */
import * as z from 'zod';
import { flag, object, oneOf, text } from './fields.ts';
import { objectMetaSchema, typeMeta } from './meta.ts';

export const priorityClassSchema = object('PriorityClass', 'How important the pods are that name it.', {
  ...typeMeta('scheduling.k8s.io/v1', 'PriorityClass'),
  metadata: objectMetaSchema,
  value: z
    .int()
    .min(-(2 ** 31))
    .max(2 ** 31 - 1)
    .describe('Priority of the pods: those with more are placed first. At most 1000000000.'),
  globalDefault: flag('Pods that name no class are of this one; only one class may be so.').optional(),
  description: text('What the class is for.').optional(),
  preemptionPolicy: oneOf(
    ['PreemptLowerPriority', 'Never'],
    'Whether pods with a lower priority may be removed to make room.',
  ).default('PreemptLowerPriority'),
});
export type PriorityClass = z.infer<typeof priorityClassSchema>;
