/** Where pods may and would rather run: by the labels of nodes, and by what runs there already. */
import * as z from 'zod';
import { int32, listOf, object, oneOf, text } from './fields.ts';
import { labelSelectorSchema } from './meta.ts';

const nodeRequirementSchema = object('NodeSelectorRequirement', 'One condition on a node.', {
  key: text('Label that the condition is about; in matchFields the field, metadata.name.'),
  operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'], 'How the label and the values relate.'),
  values: listOf(z.string(), 'Values; none for Exists and DoesNotExist, one whole number for Gt and Lt.').optional(),
});
export type NodeSelectorRequirement = z.infer<typeof nodeRequirementSchema>;

const nodeSelectorTermSchema = object('NodeSelectorTerm', 'Chooses nodes; all conditions must hold.', {
  matchExpressions: listOf(nodeRequirementSchema, 'Conditions on labels.').optional(),
  matchFields: listOf(nodeRequirementSchema, 'Conditions on fields.').optional(),
});
export type NodeSelectorTerm = z.infer<typeof nodeSelectorTermSchema>;

const nodeAffinitySchema = object('NodeAffinity', 'Nodes that the pod needs or would rather have.', {
  requiredDuringSchedulingIgnoredDuringExecution: object('NodeSelector', 'One of the terms must hold.', {
    nodeSelectorTerms: listOf(nodeSelectorTermSchema, 'The terms; at least one.'),
  }).optional(),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(
    object('PreferredSchedulingTerm', 'Nodes that are better than others.', {
      weight: z.int().describe('How much better, 1 to 100.'),
      preference: nodeSelectorTermSchema,
    }),
    'Nodes that are better than others; the weights of terms that hold are added.',
  ).optional(),
});

const podAffinityTermSchema = object('PodAffinityTerm', 'Pods, and how near to them.', {
  labelSelector: labelSelectorSchema.optional(),
  namespaces: listOf(z.string(), "Namespaces of the pods; with no namespaceSelector either: the pod's own.").optional(),
  namespaceSelector: labelSelectorSchema.optional(),
  topologyKey: text('Label of nodes: those with the same value of it are near to each other.'),
  matchLabelKeys: listOf(
    z.string(),
    'Labels whose values in the pod are added to labelSelector: only such pods as have the same.',
  ).optional(),
  mismatchLabelKeys: listOf(
    z.string(),
    'Labels whose values in the pod are added to labelSelector: only such pods as have others.',
  ).optional(),
});
export type PodAffinityTerm = z.infer<typeof podAffinityTermSchema>;

const weightedTermSchema = object('WeightedPodAffinityTerm', 'A term that makes nodes better or worse.', {
  weight: z.int().describe('How much, 1 to 100.'),
  podAffinityTerm: podAffinityTermSchema,
});

const podTerms = {
  requiredDuringSchedulingIgnoredDuringExecution: listOf(podAffinityTermSchema, 'All must hold.').optional(),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(
    weightedTermSchema,
    'Terms that make nodes better or worse; the weights are added, once for each pod.',
  ).optional(),
};

export const affinitySchema = object('Affinity', 'Where the pod may run, and where it would rather.', {
  nodeAffinity: nodeAffinitySchema.optional(),
  podAffinity: object('PodAffinity', 'Pods that it is to be near to.', podTerms).optional(),
  podAntiAffinity: object('PodAntiAffinity', 'Pods that it is to be far from.', podTerms).optional(),
});
export type Affinity = z.infer<typeof affinitySchema>;

export const topologySpreadConstraintSchema = object('TopologySpreadConstraint', 'How evenly pods are spread.', {
  maxSkew: z.int().describe('How many pods more than the least there may be with one value of topologyKey.'),
  topologyKey: text('Label of nodes: pods are spread over its values.'),
  whenUnsatisfiable: oneOf(
    ['DoNotSchedule', 'ScheduleAnyway'],
    'Whether a pod that would make it more uneven waits, or goes where that is least so.',
  ),
  labelSelector: labelSelectorSchema.optional(),
  minDomains: int32('With fewer values of topologyKey than this, the least counts as 0.', 1).optional(),
  nodeAffinityPolicy: oneOf(
    ['Honor', 'Ignore'],
    'Whether only nodes count that the pod may run on. Default: Honor.',
  ).optional(),
  nodeTaintsPolicy: oneOf(
    ['Honor', 'Ignore'],
    'Whether only nodes count whose taints it tolerates. Default: Ignore.',
  ).optional(),
  matchLabelKeys: listOf(
    z.string(),
    'Labels whose values in the pod are added to labelSelector: only such pods count as have the same.',
  ).optional(),
});
export type TopologySpreadConstraint = z.infer<typeof topologySpreadConstraintSchema>;
