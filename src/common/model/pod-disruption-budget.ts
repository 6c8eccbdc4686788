/** PodDisruptionBudget (policy/v1): how many pods of a kind may be taken away at once. */
import type * as z from 'zod';
import { int32, intOrPercent, listOf, mapOf, object, oneOf, time } from './fields.ts';
import { conditionSchema, labelSelectorSchema, objectMetaSchema, typeMeta } from './meta.ts';

const statusSchema = object('PodDisruptionBudgetStatus', 'The observed state of a PodDisruptionBudget.', {
  observedGeneration: int32('Generation that the counts belong to.', 0, Number.MAX_SAFE_INTEGER).optional(),
  disruptedPods: mapOf(
    time('When it was allowed to go.'),
    'Pods that were allowed to go and are still there, with the time when that was allowed.',
  ).optional(),
  disruptionsAllowed: int32('Pods that may be taken away now.').default(0),
  currentHealthy: int32('Pods that are ready.').default(0),
  desiredHealthy: int32('Pods that must stay ready.').default(0),
  expectedPods: int32('Pods that the budget counts.').default(0),
  conditions: listOf(conditionSchema, 'DisruptionAllowed says whether any pod may be taken away.').optional(),
});

export const podDisruptionBudgetSchema = object(
  'PodDisruptionBudget',
  'How many pods of a kind may be taken away at once.',
  {
    ...typeMeta('policy/v1', 'PodDisruptionBudget'),
    metadata: objectMetaSchema,
    spec: object('PodDisruptionBudgetSpec', 'Which pods, and how many must stay.', {
      minAvailable: intOrPercent('Pods that must stay ready; a share is of all pods that there should be.').optional(),
      maxUnavailable: intOrPercent('Pods that may be away; a share is of all pods that there should be.').optional(),
      selector: labelSelectorSchema.optional(),
      unhealthyPodEvictionPolicy: oneOf(
        ['IfHealthyBudget', 'AlwaysAllow'],
        'Whether running pods that are not ready may go only while enough others are ready, or always. Default: IfHealthyBudget.',
      ).optional(),
    }),
    status: statusSchema.optional(),
  },
);
export type PodDisruptionBudget = z.infer<typeof podDisruptionBudgetSchema>;
export type PodDisruptionBudgetStatus = z.infer<typeof statusSchema>;
