/** What every object carries (ObjectMeta), and the shapes that many kinds share: selectors and conditions. */
import * as z from 'zod';
import { flag, listOf, mapOf, object, oneOf, text, time } from './fields.ts';

const ownerReferenceSchema = object(
  'OwnerReference',
  'The object that owns this one, in the same namespace or cluster-wide.',
  {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner: a new object of the same name is not the owner.'),
    controller: flag('True for the one owner that manages this object.').optional(),
    blockOwnerDeletion: flag('The owner, when deleted in the foreground, waits for this object to go.').optional(),
  },
);
export type OwnerReference = z.infer<typeof ownerReferenceSchema>;

export const objectMetaSchema = object('ObjectMeta', "An object's name, labels and bookkeeping.", {
  name: text('Name, unique for the kind within its namespace.'),
  namespace: text('Namespace that the object lives in; absent for cluster-wide kinds.').optional(),
  generateName: text('Prefix that the name was made from. A name is required beside it.').optional(),
  uid: text('Identity in time and space, given by the master; never used again.').optional(),
  resourceVersion: text(
    'Version of the stored object; an update that carries an older one is refused (409).',
  ).optional(),
  generation: z.int().min(0).describe('Number of the desired state; grows with each change of spec.').optional(),
  creationTimestamp: time('When the object was created.').optional(),
  deletionTimestamp: time('When the object is to be gone; set by a deletion, never by hand.').optional(),
  deletionGracePeriodSeconds: z.int().min(0).describe('Seconds that the object may take to end in order.').optional(),
  labels: mapOf(z.string(), 'Names and values that selectors choose objects by.').optional(),
  annotations: mapOf(z.string(), 'Names and values for people and tools; no selector reads them.').optional(),
  ownerReferences: listOf(
    ownerReferenceSchema,
    'The owners. The object goes when the last of them is gone.',
  ).optional(),
  finalizers: listOf(
    z.string(),
    'Names that must be removed, each by its keeper, before a deleted object goes.',
  ).optional(),
});
export type ObjectMeta = z.infer<typeof objectMetaSchema>;

/** Any object of any kind, as stores and wires see it. Every kind's own type is assignable to it. */
export type KubeObject = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
  data?: unknown;
  [field: string]: unknown;
};

/** Whatever the kind, an object must at least look like this. */
export const kubeObjectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: objectMetaSchema,
});

const labelSelectorRequirementSchema = object('LabelSelectorRequirement', 'One condition on a label.', {
  key: text('Label that the condition is about.'),
  operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'How the label and the values relate.'),
  values: listOf(z.string(), 'Values for In and NotIn; empty for Exists and DoesNotExist.').optional(),
});
export const labelSelectorSchema = object(
  'LabelSelector',
  'Chooses objects by their labels; all conditions must hold.',
  {
    matchLabels: mapOf(z.string(), 'Labels that must have exactly these values.').optional(),
    matchExpressions: listOf(labelSelectorRequirementSchema, 'Further conditions on labels.').optional(),
  },
);
export type LabelSelector = z.infer<typeof labelSelectorSchema>;

export const conditionSchema = object('Condition', "One aspect of an object's state, with the reason for it.", {
  type: text('Name of the aspect.'),
  status: oneOf(['True', 'False', 'Unknown'], 'Whether it holds.'),
  reason: text('Why, in one CamelCase word.').optional(),
  message: text('Why, for people.').optional(),
  lastTransitionTime: time('When the status last changed.').optional(),
  lastUpdateTime: time('When the condition was last written (Deployments).').optional(),
  lastProbeTime: time('When the condition was last looked at (Pods).').optional(),
  lastHeartbeatTime: time('When the condition was last reported (Nodes).').optional(),
  observedGeneration: z.int().min(0).describe('Generation that the condition speaks about.').optional(),
});
export type Condition = z.infer<typeof conditionSchema>;

/** Metadata of a template: what the objects made from it get. */
export const templateMetaSchema = object(
  'TemplateMeta',
  'Labels and annotations for the objects made from a template.',
  {
    name: text(
      'Without effect, as in Kubernetes: objects made from a template are named after their owner.',
    ).optional(),
    namespace: text('Without effect, as in Kubernetes: they live in the namespace of their owner.').optional(),
    labels: mapOf(z.string(), 'Labels of the objects.').optional(),
    annotations: mapOf(z.string(), 'Annotations of the objects.').optional(),
  },
);

/** The two fields that head every object: exactly this apiVersion and kind. */
export const typeMeta = <const V extends string, const K extends string>(apiVersion: V, kind: K) => ({
  apiVersion: z.literal(apiVersion).describe('Version of the API that the object is written in.'),
  kind: z.literal(kind).describe('Kind of the object.'),
});
