/** Conditions of a Node by which a device tells of its health, and the taints that follow from them. */

/** What is wrong with the hardware when it is True. */
export const healthConditions = [
  'ThermalThrottling',
  'UnderVoltage',
  'StorageWear',
  'ClockUnsynced',
  'ReadOnlyFilesystem',
] as const;
export type HealthCondition = (typeof healthConditions)[number];

/** All that the agent alone knows: nobody does while it is silent. */
export const agentConditions = [
  'Ready',
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  ...healthConditions,
  'Degraded',
  'StaticPodsReady',
] as const;

/** Taints that Kubernetes gives to a node with such a condition; they keep new pods away. */
export const pressureTaints: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

/** Taints that a policy may give to a node with such a condition. */
export const policyTaints: Readonly<Record<HealthCondition | 'Degraded', string>> = {
  ThermalThrottling: 'bramble.io/thermal-throttling',
  UnderVoltage: 'bramble.io/under-voltage',
  StorageWear: 'bramble.io/storage-wear',
  ClockUnsynced: 'bramble.io/clock-unsynced',
  ReadOnlyFilesystem: 'bramble.io/read-only-filesystem',
  Degraded: 'bramble.io/degraded',
};

/** The effect of the taint of each condition that has one. */
export type TaintPolicy = ReadonlyMap<string, 'NoSchedule' | 'PreferNoSchedule'>;

/** Of `UnderVoltage=PreferNoSchedule,ReadOnlyFilesystem=NoSchedule`; undefined when the text is none. */
export function parseTaintPolicy(text: string): TaintPolicy | undefined {
  const policy = new Map<string, 'NoSchedule' | 'PreferNoSchedule'>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [type = '', effect] = part.split('=');
    if (!Object.hasOwn(policyTaints, type) || policy.has(type)) return undefined;
    if (effect !== 'NoSchedule' && effect !== 'PreferNoSchedule') return undefined;
    policy.set(type, effect);
  }
  return policy;
}
