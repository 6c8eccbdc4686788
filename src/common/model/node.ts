/** Node (v1): a device that runs pods. */
import * as z from 'zod';
import { flag, listOf, object, oneOf, text, time } from './fields.ts';
import { conditionSchema, objectMetaSchema, typeMeta } from './meta.ts';
import { resourceMap } from './quantity-field.ts';

const taintSchema = object('Taint', 'Keeps pods away that do not tolerate it.', {
  key: text('Name of the taint.'),
  value: text('Value of the taint.').optional(),
  effect: oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], 'What becomes of pods that do not tolerate it.'),
  timeAdded: time('When the taint was added.').optional(),
});

export type Taint = z.infer<typeof taintSchema>;

const nodeSpecSchema = object('NodeSpec', 'What is wanted of a node.', {
  unschedulable: flag('No new pods are placed here (cordoned).').optional(),
  taints: listOf(taintSchema, 'What keeps pods away.').optional(),
  podCIDR: text("Range of the pods' addresses.").optional(),
  podCIDRs: listOf(z.string(), "Ranges of the pods' addresses.").optional(),
  providerID: text("The device's identity at its provider.").optional(),
});

const nodeAddressSchema = object('NodeAddress', 'An address of a node.', {
  type: oneOf(['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'], 'What kind of address it is.'),
  address: text('The address.'),
});
export type NodeAddress = z.infer<typeof nodeAddressSchema>;

const nodeSystemInfoSchema = object('NodeSystemInfo', 'Identity and versions of a node.', {
  machineID: text('Content of /etc/machine-id.').default(''),
  systemUUID: text("The firmware's UUID or serial number.").default(''),
  bootID: text('Changes with every boot.').default(''),
  kernelVersion: text('Kernel release.').default(''),
  osImage: text('Name of the operating system.').default(''),
  containerRuntimeVersion: text('Runtime and its version, as containerd://1.6.20.').default(''),
  kubeletVersion: text("The agent's version.").default(''),
  kubeProxyVersion: text('Not used; kept for clients that expect it.').default(''),
  operatingSystem: text('linux.').default('linux'),
  architecture: text('CPU architecture as Go names it, such as arm64.').default(''),
});

const storageHealthSchema = object('StorageHealth', 'What a card, eMMC or disk tells of its wear.', {
  name: text('The block device, such as mmcblk0.'),
  type: text('SD, MMC (eMMC), NVMe or another.').optional(),
  lifeUsedPercent: z
    .int()
    .min(0)
    .max(110)
    .describe('Upper bound of the life time that is used, in percent.')
    .optional(),
  preEndOfLife: oneOf(['Normal', 'Warning', 'Urgent'], 'Reserved blocks: how many are used up.').optional(),
});

const nodeDeviceSchema = object('NodeDevice', 'The hardware and its history; Kubernetes does not have this.', {
  model: text('Model of the board.').optional(),
  revision: text('Revision code of the board.').optional(),
  pageSizeBytes: z.int().min(1).describe("The kernel's page size.").optional(),
  resources: listOf(
    z.string(),
    'Extended resources that the device itself offers; others are said by hand.',
  ).optional(),
  powerSupplyMilliamps: z
    .int()
    .min(0)
    .describe('The most that the power supply said it can give, when the device was booted (Raspberry Pi 5).')
    .optional(),
  storage: listOf(storageHealthSchema, 'Wear of the device’s storage, where it tells.').optional(),
  writtenBytesPerDay: object('WrittenBytes', 'Bytes written to disk a day, rounded; told anew once an hour at most.', {
    agent: z.int().min(0).describe('By the agent itself.').optional(),
    logs: z.int().min(0).describe("By the logs of the device's pods.").optional(),
    total: z.int().min(0).describe('By everything, to the disk that the data is on.').optional(),
  }).optional(),
  lastReboot: object('LastReboot', 'Why the device started anew.', {
    reason: oneOf(
      ['PowerLoss', 'OutOfMemory', 'KernelPanic', 'Watchdog', 'Overheated', 'Requested', 'Unknown'],
      'The cause, by what the last boot left behind.',
    ),
    message: text('What was found.').optional(),
    bootID: text('The boot that followed.').optional(),
    time: time('When the device started.').optional(),
  }).optional(),
});
export type NodeDevice = z.infer<typeof nodeDeviceSchema>;

const nodeStatusSchema = object('NodeStatus', 'The observed state of a node.', {
  capacity: resourceMap('What the device has.').optional(),
  allocatable: resourceMap('What pods may be promised.').optional(),
  conditions: listOf(conditionSchema, 'Ready, MemoryPressure, DiskPressure, PIDPressure and others.').optional(),
  addresses: listOf(nodeAddressSchema, 'Addresses of the device.').optional(),
  nodeInfo: nodeSystemInfoSchema.optional(),
  device: nodeDeviceSchema.optional(),
  images: listOf(
    object('ContainerImage', 'An image on the node.', {
      names: listOf(z.string(), 'Names of the image.').optional(),
      sizeBytes: z.int().min(0).describe('Size on disk.').optional(),
    }),
    'Images on the node, largest first, at most 50.',
  ).optional(),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

export const nodeSchema = object('Node', 'A device that runs pods.', {
  ...typeMeta('v1', 'Node'),
  metadata: objectMetaSchema,
  spec: nodeSpecSchema.default({}),
  status: nodeStatusSchema.optional(),
});
export type Node = z.infer<typeof nodeSchema>;
