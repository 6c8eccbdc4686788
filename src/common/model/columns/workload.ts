/** The tables of Deployments and ReplicaSets. */
import type { Deployment } from '../deployment.ts';
import type { Column } from '../kind.ts';
import type { LabelSelector } from '../meta.ts';
import type { PodTemplateSpec } from '../pod-spec.ts';
import type { ReplicaSet } from '../replica-set.ts';
import { ageColumn, joined, nameColumn, selectorText } from './cells.ts';

type Workload = { spec: { template: PodTemplateSpec; selector: LabelSelector } };
const templateColumns = [
  {
    name: 'CONTAINERS',
    wide: true,
    value: ({ spec }: Workload) => joined(spec.template.spec.containers.map((container) => container.name)),
  },
  {
    name: 'IMAGES',
    wide: true,
    value: ({ spec }: Workload) => joined(spec.template.spec.containers.map((container) => container.image)),
  },
  { name: 'SELECTOR', wide: true, value: ({ spec }: Workload) => selectorText(spec.selector) },
];

export const deploymentColumns: readonly Column<Deployment>[] = [
  nameColumn,
  { name: 'READY', value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas}` },
  { name: 'UP-TO-DATE', value: ({ status }) => `${status?.updatedReplicas ?? 0}` },
  { name: 'AVAILABLE', value: ({ status }) => `${status?.availableReplicas ?? 0}` },
  ageColumn,
  ...templateColumns,
];

export const replicaSetColumns: readonly Column<ReplicaSet>[] = [
  nameColumn,
  { name: 'DESIRED', value: ({ spec }) => `${spec.replicas}` },
  { name: 'CURRENT', value: ({ status }) => `${status?.replicas ?? 0}` },
  { name: 'READY', value: ({ status }) => `${status?.readyReplicas ?? 0}` },
  ageColumn,
  ...templateColumns,
];
