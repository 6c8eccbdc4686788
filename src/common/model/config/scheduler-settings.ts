/**
 * Settings of the scheduler: its profiles, in the shape of Kubernetes' KubeSchedulerConfiguration. A profile is chosen by
 * the `schedulerName` of a pod; what it does not say is as in the default profile.
 */

import * as z from 'zod';
import { notDns1123Subdomain, notQualifiedName } from '../names.ts';

/** The plugins that can keep a pod from a node. */
const filters = [
  ...['NodeUnschedulable', 'NodeName', 'TaintToleration', 'NodeAffinity', 'NodeLabel', 'NodePorts'],
  ...['NodeResourcesFit', 'PodTopologySpread', 'InterPodAffinity', 'ServiceAffinity'],
];
/** The plugins that say how good a node is. */
const scores = [
  ...['TaintToleration', 'NodeAffinity', 'NodeLabel', 'NodeResourcesFit', 'NodeResourcesBalancedAllocation'],
  ...['ImageLocality', 'DeviceHealth', 'PodTopologySpread', 'InterPodAffinity'],
];
/** All plugins of the scheduler, by what they can do. */
export const schedulingPlugins = { filter: filters, score: scores, multiPoint: [...new Set([...filters, ...scores])] };

const weight = z.int().min(1).max(100);
const onePoint = (names: readonly string[]) =>
  z.strictObject({
    enabled: z.array(z.strictObject({ name: z.enum(names), weight: weight.optional() })).default([]),
    disabled: z.array(z.strictObject({ name: z.enum([...names, '*']) })).default([]),
  });
const labelName = z.string().superRefine((name, context) => {
  const why = notQualifiedName(name);
  if (why !== undefined) context.addIssue({ code: 'custom', message: why });
});
const schedulerName = z
  .string()
  .max(253)
  .superRefine((name, context) => {
    const why = notDns1123Subdomain(name);
    if (why !== undefined) context.addIssue({ code: 'custom', message: why });
  });

const shape = z
  .array(z.strictObject({ utilization: z.int().min(0).max(100), score: z.int().min(0).max(10) }))
  .min(1)
  .refine(
    (points) => points.every((point, i) => i === 0 || point.utilization > (points[i - 1]?.utilization ?? 0)),
    'utilizations must be rising',
  );
const scoringStrategy = z
  .strictObject({
    type: z.enum(['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio']),
    resources: z
      .array(z.strictObject({ name: labelName, weight: weight.default(1) }))
      .min(1)
      .optional(),
    requestedToCapacityRatio: z.strictObject({ shape }).optional(),
  })
  .refine(
    ({ type, requestedToCapacityRatio }) =>
      (type === 'RequestedToCapacityRatio') === (requestedToCapacityRatio !== undefined),
    { message: 'is needed by RequestedToCapacityRatio, and by nothing else', path: ['requestedToCapacityRatio'] },
  );
const defaultConstraint = z.strictObject({
  maxSkew: z.int().min(1),
  topologyKey: labelName,
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
});
const withArgs = <N extends string, T extends z.ZodType>(name: N, args: T) =>
  z.strictObject({ name: z.literal(name), args });
const pluginConfig = z.discriminatedUnion('name', [
  withArgs('NodeResourcesFit', z.strictObject({ scoringStrategy: scoringStrategy })),
  withArgs(
    'PodTopologySpread',
    z
      .strictObject({
        defaultingType: z.enum(['System', 'List']).default('List'),
        defaultConstraints: z.array(defaultConstraint).default([]),
      })
      .refine(
        ({ defaultingType, defaultConstraints }) => defaultingType === 'List' || defaultConstraints.length === 0,
        {
          message: 'must be absent with the defaultingType System',
          path: ['defaultConstraints'],
        },
      ),
  ),
  withArgs('InterPodAffinity', z.strictObject({ hardPodAffinityWeight: z.int().min(0).max(100) })),
  withArgs(
    'NodeLabel',
    z.strictObject({
      presentLabels: z.array(labelName).default([]),
      absentLabels: z.array(labelName).default([]),
      presentLabelsPreference: z.array(labelName).default([]),
      absentLabelsPreference: z.array(labelName).default([]),
    }),
  ),
  withArgs(
    'ServiceAffinity',
    z.strictObject({ affinityLabels: z.array(labelName).min(1), serviceLabel: labelName.default('app') }),
  ),
]);

const profile = z.strictObject({
  schedulerName: schedulerName.default('default-scheduler'),
  plugins: z
    .strictObject({
      multiPoint: onePoint(schedulingPlugins.multiPoint).optional(),
      filter: onePoint(schedulingPlugins.filter).optional(),
      score: onePoint(schedulingPlugins.score).optional(),
    })
    .default({}),
  pluginConfig: z
    .array(pluginConfig)
    .default([])
    .superRefine(unique(({ name }) => name, 'name')),
  percentageOfNodesToScore: z
    .union([z.literal(0), z.literal(100)], 'must be 0 or 100: all nodes are looked at, there is no sampling')
    .optional(),
});
export type ProfileSettings = z.output<typeof profile>;

/** A list in the file, JSON text in a variable or flag. */
const profiles = z.preprocess(
  parsed,
  z
    .array(profile)
    .max(32)
    .superRefine(unique(({ schedulerName }) => schedulerName, 'schedulerName')),
);

/** The group of the master's settings that is about the scheduler. */
export const schedulerSettings = {
  schedulerProfiles: profiles
    .default([])
    .describe("Profiles of the scheduler, as Kubernetes' KubeSchedulerConfiguration has them"),
  schedulerSeed: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe('Decides between equally good nodes; by chance when absent'),
  externalSchedulers: z
    .string()
    .default('')
    .refine(
      (text) => externalNames(text).every((name) => notDns1123Subdomain(name) === undefined),
      'must be names with commas between, such as my-scheduler,batch',
    )
    .describe('Names of schedulers of your own, whose pods are left to them: my-scheduler,batch'),
};

/** The names in the setting `externalSchedulers`. */
export function externalNames(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function parsed(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

function unique<T>(keyOf: (item: T) => string, field: string) {
  return (items: readonly T[], context: z.RefinementCtx): void => {
    const keys = items.map(keyOf);
    for (const [i, key] of keys.entries()) {
      if (keys.indexOf(key) < i) context.addIssue({ code: 'custom', path: [i, field], message: `${key} stands twice` });
    }
  };
}
