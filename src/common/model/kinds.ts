/** The only table of kinds: names, schema, columns and rules of everything that the cluster stores. */
import { nearest } from '../lib/nearest.ts';
import { ageColumn, nameColumn } from './columns/cells.ts';
import { eventColumns } from './columns/event.ts';
import { nodeColumns } from './columns/node.ts';
import { podColumns } from './columns/pod.ts';
import { deploymentColumns, replicaSetColumns } from './columns/workload.ts';
import { type ConfigMap, configMapSchema } from './config-map.ts';
import { type Deployment, deploymentSchema } from './deployment.ts';
import { type Event, eventSchema } from './event.ts';
import type { Kind } from './kind.ts';
import { type Lease, leaseSchema } from './lease.ts';
import type { KubeObject } from './meta.ts';
import { notDns1123Label, notDns1123Subdomain } from './names.ts';
import { type Namespace, namespaceSchema } from './namespace.ts';
import { type Node, nodeSchema } from './node.ts';
import { type Pod, podSchema } from './pod.ts';
import { type PodDisruptionBudget, podDisruptionBudgetSchema } from './pod-disruption-budget.ts';
import { type PriorityClass, priorityClassSchema } from './priority-class.ts';
import { type ReplicaSet, replicaSetSchema } from './replica-set.ts';
import { configMapRules } from './rules/config-map.ts';
import { podRules } from './rules/pod.ts';
import { podDisruptionBudgetRules } from './rules/pod-disruption-budget.ts';
import { priorityClassRules } from './rules/priority-class.ts';
import { secretRules } from './rules/secret.ts';
import { deploymentRules, replicaSetRules } from './rules/workload.ts';
import { type Secret, secretSchema } from './secret.ts';

const define = <T extends KubeObject>(kind: Omit<Kind<T>, 'singular'>): Kind<T> => ({
  singular: kind.kind.toLowerCase(),
  ...kind,
});

/** Every kind by its name. */
export const kinds = {
  Pod: define<Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    namespaced: true,
    hasStatus: true,
    schema: podSchema,
    columns: podColumns,
    notName: notDns1123Subdomain,
    ...podRules,
  }),
  Node: define<Node>({
    apiVersion: 'v1',
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    hasStatus: true,
    schema: nodeSchema,
    columns: nodeColumns,
    notName: notDns1123Subdomain,
  }),
  Namespace: define<Namespace>({
    apiVersion: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    hasStatus: true,
    schema: namespaceSchema,
    columns: [nameColumn, { name: 'STATUS', value: ({ status }) => status?.phase ?? 'Active' }, ageColumn],
    notName: notDns1123Label,
  }),
  Deployment: define<Deployment>({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    namespaced: true,
    hasStatus: true,
    schema: deploymentSchema,
    columns: deploymentColumns,
    notName: notDns1123Subdomain,
    ...deploymentRules,
  }),
  ReplicaSet: define<ReplicaSet>({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    plural: 'replicasets',
    shortNames: ['rs'],
    namespaced: true,
    hasStatus: true,
    schema: replicaSetSchema,
    columns: replicaSetColumns,
    notName: notDns1123Subdomain,
    ...replicaSetRules,
  }),
  ConfigMap: define<ConfigMap>({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    namespaced: true,
    hasStatus: false,
    schema: configMapSchema,
    columns: [
      nameColumn,
      {
        name: 'DATA',
        value: ({ data = {}, binaryData = {} }) => `${Object.keys(data).length + Object.keys(binaryData).length}`,
      },
      ageColumn,
    ],
    notName: notDns1123Subdomain,
    ...configMapRules,
  }),
  Secret: define<Secret>({
    apiVersion: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    shortNames: [],
    namespaced: true,
    hasStatus: false,
    schema: secretSchema,
    columns: [
      nameColumn,
      { name: 'TYPE', value: ({ type }) => type },
      { name: 'DATA', value: ({ data = {} }) => `${Object.keys(data).length}` },
      ageColumn,
    ],
    notName: notDns1123Subdomain,
    ...secretRules,
  }),
  PriorityClass: define<PriorityClass>({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    shortNames: ['pc'],
    namespaced: false,
    hasStatus: false,
    schema: priorityClassSchema,
    columns: [
      nameColumn,
      { name: 'VALUE', value: ({ value }) => `${value}` },
      { name: 'GLOBAL-DEFAULT', value: ({ globalDefault }) => `${globalDefault ?? false}` },
      ageColumn,
      { name: 'PREEMPTIONPOLICY', value: ({ preemptionPolicy }) => preemptionPolicy },
    ],
    notName: notDns1123Subdomain,
    ...priorityClassRules,
  }),
  PodDisruptionBudget: define<PodDisruptionBudget>({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    namespaced: true,
    hasStatus: true,
    schema: podDisruptionBudgetSchema,
    columns: [
      nameColumn,
      { name: 'MIN AVAILABLE', value: ({ spec }) => `${spec.minAvailable ?? 'N/A'}` },
      { name: 'MAX UNAVAILABLE', value: ({ spec }) => `${spec.maxUnavailable ?? 'N/A'}` },
      { name: 'ALLOWED DISRUPTIONS', value: ({ status }) => `${status?.disruptionsAllowed ?? 0}` },
      ageColumn,
    ],
    notName: notDns1123Subdomain,
    ...podDisruptionBudgetRules,
  }),
  Event: define<Event>({
    apiVersion: 'v1',
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    namespaced: true,
    hasStatus: false,
    schema: eventSchema,
    columns: eventColumns,
    notName: notDns1123Subdomain,
  }),
  Lease: define<Lease>({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    plural: 'leases',
    shortNames: [],
    namespaced: true,
    hasStatus: false,
    schema: leaseSchema,
    columns: [nameColumn, { name: 'HOLDER', value: ({ spec }) => spec.holderIdentity ?? '' }, ageColumn],
    notName: notDns1123Subdomain,
  }),
} as const;

/** All kinds, in the order of the table. */
export const allKinds: readonly Kind[] = Object.values(kinds);

/** The kind whose plural is `plural`, such as `pods`. */
export function kindOf(plural: string): Kind | undefined {
  return allKinds.find((kind) => kind.plural === plural);
}

/** The kind of an object's `apiVersion` and `kind`. */
export function kindFor(apiVersion: string, name: string): Kind | undefined {
  return allKinds.find((kind) => kind.apiVersion === apiVersion && kind.kind === name);
}

/** The kind that a person means by `po`, `pod`, `pods`, `Pod`, `deployments.apps` or `deploy.apps`. */
export function resourceFor(name: string): Kind | undefined {
  const word = name.toLowerCase();
  return allKinds.find((kind) =>
    wordsFor(kind).some((known) => known === word || `${known}.${groupOf(kind)}` === word),
  );
}

/** What a person may have meant by an unknown resource name. */
export function nearestResource(name: string): string | undefined {
  return nearest(name, allKinds.flatMap(wordsFor));
}

const wordsFor = (kind: Kind): readonly string[] => [kind.plural, kind.singular, ...kind.shortNames];

/** The API group: the empty text for the core group. */
function groupOf(kind: Kind): string {
  const slash = kind.apiVersion.indexOf('/');
  return slash < 0 ? '' : kind.apiVersion.slice(0, slash);
}

/** The plural with its group, as refusals name it: `pods`, `deployments.apps`. */
export function resourceName(kind: Kind): string {
  const group = groupOf(kind);
  return group === '' ? kind.plural : `${kind.plural}.${group}`;
}

/** The kind with its group, as `invalid` names it: `Pod`, `Deployment.apps`. */
export function qualifiedKind(kind: Kind): string {
  const group = groupOf(kind);
  return group === '' ? kind.kind : `${kind.kind}.${group}`;
}
