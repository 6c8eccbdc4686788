/** The table of nodes. */
import type { Column } from '../kind.ts';
import type { Node, NodeAddress } from '../node.ts';
import { ageColumn, joined, nameColumn } from './cells.ts';

const rolePrefix = 'node-role.kubernetes.io/';

function statusText({ spec, status }: Node): string {
  const condition = (type: string) => status?.conditions?.find((known) => known.type === type)?.status;
  const ready = condition('Ready');
  return [
    ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady',
    ...(condition('Degraded') === 'True' ? ['Degraded'] : []),
    ...(spec.unschedulable ? ['SchedulingDisabled'] : []),
  ].join(',');
}

function rolesText(node: Node): string {
  const labels = Object.entries(node.metadata.labels ?? {});
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length) || [];
    return key === 'kubernetes.io/role' ? value || [] : [];
  });
  return joined([...new Set(roles)].sort());
}

const address = (node: Node, type: NodeAddress['type']): string =>
  node.status?.addresses?.find((known) => known.type === type)?.address || '<none>';

/** What is wrong with a node beside Ready, in as many words as a line has room for; `describe` has all of them. */
function problemsText({ status }: Node): string {
  const problems = (status?.conditions ?? []).flatMap(({ type, status: value, reason, message }) => {
    if (type === 'StaticPodsReady') return value === 'False' ? (message ?? type) : [];
    return value === 'True' && type !== 'Ready' ? (reason ?? type) : [];
  });
  const text = problems.join('; ');
  if (text === '') return '<none>';
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

export const nodeColumns: readonly Column<Node>[] = [
  nameColumn,
  { name: 'STATUS', value: statusText },
  { name: 'ROLES', value: rolesText },
  ageColumn,
  { name: 'VERSION', value: (node) => node.status?.nodeInfo?.kubeletVersion || '<unknown>' },
  { name: 'INTERNAL-IP', wide: true, value: (node) => address(node, 'InternalIP') },
  { name: 'EXTERNAL-IP', wide: true, value: (node) => address(node, 'ExternalIP') },
  { name: 'OS-IMAGE', wide: true, value: (node) => node.status?.nodeInfo?.osImage || '<unknown>' },
  { name: 'KERNEL-VERSION', wide: true, value: (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>' },
  {
    name: 'CONTAINER-RUNTIME',
    wide: true,
    value: (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  },
  { name: 'PROBLEMS', wide: true, value: problemsText },
];
