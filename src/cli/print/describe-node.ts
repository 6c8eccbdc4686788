/** What `describe` says of a Node, in kubectl's words; what Kubernetes does not have is in the block `Device`. Pure. */

import { formatBytes } from '../../common/lib/bytes.ts';
import type { Node, NodeDevice, NodeStatus } from '../../common/model/node.ts';
import { block, type Fields, maybe } from './fields.ts';

/** Above the conditions. */
export function nodeFields({ spec }: Node): Fields {
  const taints = (spec.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  return [
    ['Taints', taints],
    ['Unschedulable', String(spec.unschedulable ?? false)],
  ];
}

/** Below the conditions. */
export function nodeRest({ status }: Node): Fields {
  return [
    ...block(
      'Addresses',
      (status?.addresses ?? []).map(({ type, address }) => [type, address]),
    ),
    ...block('Capacity', Object.entries(status?.capacity ?? {})),
    ...block('Allocatable', Object.entries(status?.allocatable ?? {})),
    ...block('System Info', systemInfo(status?.nodeInfo)),
    ...block('Device', deviceFields(status?.device)),
  ];
}

function systemInfo(info: NodeStatus['nodeInfo']): Fields {
  if (info === undefined) return [];
  return [
    ['Machine ID', info.machineID],
    ['System UUID', info.systemUUID],
    ['Boot ID', info.bootID],
    ['Kernel Version', info.kernelVersion],
    ['OS Image', info.osImage],
    ['Operating System', info.operatingSystem],
    ['Architecture', info.architecture],
    ['Container Runtime Version', info.containerRuntimeVersion],
    ['Agent Version', info.kubeletVersion],
  ];
}

function deviceFields(device: NodeDevice = {}): Fields {
  const { storage = [], writtenBytesPerDay: written, lastReboot } = device;
  const reboot =
    lastReboot && [lastReboot.reason, maybeIn('at', lastReboot.time), lastReboot.message].filter(Boolean).join(', ');
  return [
    ...maybe('Model', device.model),
    ...maybe('Revision', device.revision),
    ...maybe('Page Size', device.pageSizeBytes && `${device.pageSizeBytes / 1024} KiB`),
    ...maybe('Power Supply', device.powerSupplyMilliamps && `${device.powerSupplyMilliamps / 1000} A at most`),
    ...(storage.length === 0 ? [] : ([['Storage', storage.map(storageText)]] as Fields)),
    ...maybe('Written a Day', written && writtenText(written)),
    ...maybe('Last Reboot', reboot),
  ];
}

function maybeIn(word: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${word} ${value}`;
}

function storageText({ name, type, lifeUsedPercent: used, preEndOfLife }: NonNullable<NodeDevice['storage']>[number]) {
  const life = used === undefined ? [] : [used > 100 ? 'all of its life used' : `up to ${used} % of its life used`];
  const reserve = preEndOfLife === undefined ? [] : [`reserve: ${preEndOfLife}`];
  const wear = [...life, ...reserve];
  return `${name}${type === undefined ? '' : ` (${type})`}: ${wear.length === 0 ? 'does not tell its wear' : wear.join(', ')}`;
}

function writtenText(written: NonNullable<NodeDevice['writtenBytesPerDay']>): string {
  const parts = [
    ['agent', written.agent],
    ['logs of pods', written.logs],
    ['all', written.total],
  ] as const;
  return parts.flatMap(([who, bytes]) => (bytes === undefined ? [] : [`${who}: ${formatBytes(bytes)}`])).join(', ');
}
