/**
 * The state of pods and nodes by the names of kube-state-metrics, as far as boards of compute resources join it with what
 * containers use (kube-state-metrics' docs: pod-metrics, node-metrics).
 */

import { toBytes, toMillis } from '../lib/quantity.ts';
import { fromTimestamp } from '../lib/time.ts';
import type { Node } from '../model/node.ts';
import type { Pod } from '../model/pod.ts';
import type { ContainerStatus } from '../model/pod-status.ts';
import type { Add, Family, Labels } from './page.ts';

const gauge = (name: string, help: string, ...labels: string[]): Family => ({
  name: `kube_${name}`,
  help,
  type: 'gauge',
  labels,
});
const ofPod = ['namespace', 'pod', 'uid'];
const ofContainer = [...ofPod, 'container'];

const families = {
  pod: gauge(
    'pod_info',
    'Information about a pod.',
    ...ofPod,
    'node',
    'host_ip',
    'pod_ip',
    'created_by_kind',
    'created_by_name',
  ),
  owner: gauge('pod_owner', "A pod's owner.", ...ofPod, 'owner_kind', 'owner_name', 'owner_is_controller'),
  phase: gauge('pod_status_phase', 'The phase of a pod.', ...ofPod, 'phase'),
  ready: gauge('pod_status_ready', 'Whether a pod is ready.', ...ofPod, 'condition'),
  container: gauge('pod_container_info', 'Information about a container.', ...ofContainer, 'image', 'container_id'),
  restarts: {
    ...gauge('pod_container_status_restarts_total', 'How often a container was started again.', ...ofContainer),
    type: 'counter',
  } as Family,
  reason: gauge('pod_status_reason', 'Why a pod has failed.', ...ofPod, 'reason'),
  waiting: gauge('pod_container_status_waiting_reason', 'Why a container waits.', ...ofContainer, 'reason'),
  lastEnd: gauge(
    'pod_container_status_last_terminated_reason',
    'Why the attempt at a container before this one ended.',
    ...ofContainer,
    'reason',
  ),
  requests: gauge(
    'pod_container_resource_requests',
    'What a container requests.',
    ...ofContainer,
    'node',
    'resource',
    'unit',
  ),
  limits: gauge(
    'pod_container_resource_limits',
    'What a container is limited to.',
    ...ofContainer,
    'node',
    'resource',
    'unit',
  ),
  node: gauge(
    'node_info',
    'Information about a node.',
    'node',
    'kernel_version',
    'os_image',
    'container_runtime_version',
    'kubelet_version',
    'internal_ip',
  ),
  created: gauge('node_created', 'When a node was created, since the Unix epoch in seconds.', 'node'),
  capacity: gauge('node_status_capacity', 'What a node has.', 'node', 'resource', 'unit'),
  allocatable: gauge('node_status_allocatable', 'What a node offers to pods.', 'node', 'resource', 'unit'),
  condition: gauge('node_status_condition', 'The conditions of a node.', 'node', 'condition', 'status'),
  unschedulable: gauge('node_spec_unschedulable', 'Whether a node takes no new pods.', 'node'),
  taint: gauge('node_spec_taint', 'The taints of a node.', 'node', 'key', 'value', 'effect'),
  /** Kubernetes has none for it; the device's own page has the same. */
  life: {
    ...gauge('', 'Upper bound of the life time that is used; more than 1: all.', 'node', 'device'),
    name: 'bramble_node_storage_life_used_ratio',
  } as Family,
} as const;
const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

export function podState(add: Add, { metadata, spec, status }: Pod): void {
  const { namespace = '', name, uid = '', ownerReferences = [] } = metadata;
  const labels = { namespace, pod: name, uid };
  const node = spec.nodeName ?? '';
  const owner = ownerReferences.find(({ controller }) => controller === true);
  const made = { created_by_kind: owner?.kind ?? '<none>', created_by_name: owner?.name ?? '<none>' };
  add(families.pod, { ...labels, node, host_ip: status?.hostIP ?? '', pod_ip: status?.podIP ?? '', ...made }, 1);
  const owned = { owner_kind: made.created_by_kind, owner_name: made.created_by_name };
  add(families.owner, { ...labels, ...owned, owner_is_controller: owner === undefined ? '<none>' : 'true' }, 1);
  const { phase: current = 'Pending', conditions = [], containerStatuses = [] } = status ?? {};
  for (const phase of phases) add(families.phase, { ...labels, phase }, Number(phase === current));
  const ready = conditions.find(({ type }) => type === 'Ready')?.status ?? 'False';
  for (const value of ['True', 'False', 'Unknown']) {
    add(families.ready, { ...labels, condition: value.toLowerCase() }, Number(value === ready));
  }
  if (status?.reason !== undefined) add(families.reason, { ...labels, reason: status.reason }, 1);
  for (const each of containerStatuses) containerState(add, labels, each);
  // As kube-state-metrics: what has ended requests nothing.
  if (current === 'Succeeded' || current === 'Failed') return;
  for (const { name: container, resources } of spec.containers) {
    const on = { ...labels, container, node };
    amounts(add, families.requests, on, resources?.requests);
    amounts(add, families.limits, on, resources?.limits);
  }
}

function containerState(
  add: Add,
  labels: Labels,
  { name, image = '', containerID = '', ...each }: ContainerStatus,
): void {
  const on = { ...labels, container: name };
  add(families.container, { ...on, image, container_id: containerID }, 1);
  add(families.restarts, on, each.restartCount);
  const [waiting, end] = [each.state?.waiting?.reason, each.lastState?.terminated?.reason];
  if (waiting !== undefined) add(families.waiting, { ...on, reason: waiting }, 1);
  if (end !== undefined) add(families.lastEnd, { ...on, reason: end }, 1);
}

export function nodeState(add: Add, { metadata, spec, status }: Node): void {
  const node = metadata.name;
  const info = status?.nodeInfo;
  add(
    families.node,
    {
      node,
      kernel_version: info?.kernelVersion ?? '',
      os_image: info?.osImage ?? '',
      container_runtime_version: info?.containerRuntimeVersion ?? '',
      kubelet_version: info?.kubeletVersion ?? '',
      internal_ip: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    },
    1,
  );
  const created = metadata.creationTimestamp === undefined ? undefined : fromTimestamp(metadata.creationTimestamp);
  add(families.created, { node }, created === undefined ? undefined : created / 1000);
  amounts(add, families.capacity, { node }, status?.capacity);
  amounts(add, families.allocatable, { node }, status?.allocatable);
  for (const { type, status: is } of status?.conditions ?? []) {
    for (const value of ['True', 'False', 'Unknown']) {
      add(families.condition, { node, condition: type, status: value.toLowerCase() }, Number(value === is));
    }
  }
  add(families.unschedulable, { node }, spec.unschedulable ? 1 : 0);
  for (const { key, value = '', effect } of spec.taints ?? []) add(families.taint, { node, key, value, effect }, 1);
  for (const { name: device, lifeUsedPercent: used } of status?.device?.storage ?? []) {
    add(families.life, { node, device }, used === undefined ? undefined : used / 100);
  }
}

function amounts(
  add: Add,
  family: Family,
  labels: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>> | undefined,
): void {
  for (const [name, amount] of Object.entries(found ?? {})) {
    const resource = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
    if (name === 'cpu') add(family, { ...labels, resource, unit: 'core' }, toMillis(amount) / 1000);
    else
      add(
        family,
        { ...labels, resource, unit: /memory|storage|hugepages/.test(name) ? 'byte' : 'integer' },
        toBytes(amount),
      );
  }
}
