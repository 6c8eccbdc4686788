/** The Node's conditions of pressure. */

import type { Finding } from '../pod/conditions.ts';
import type { PressureType } from './seen.ts';

const words: Readonly<Record<PressureType, readonly [string, string]>> = {
  MemoryPressure: ['Memory', 'memory available'],
  DiskPressure: ['Disk', 'disk space'],
  PIDPressure: ['PID', 'PIDs available'],
};
const pressureTypes = ['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** Kubernetes' word for the Event of a condition that began or ended. */
export function pressureWord({ type, status }: Pick<Finding, 'type' | 'status'>): string {
  const holds = status === 'True';
  if (type === 'DiskPressure') return holds ? 'NodeHasDiskPressure' : 'NodeHasNoDiskPressure';
  return `NodeHas${holds ? 'Insufficient' : 'Sufficient'}${type === 'MemoryPressure' ? 'Memory' : 'PID'}`;
}

/** All three, the ones that hold being True. */
export function pressureFindings(pressure: readonly PressureType[]): readonly Finding[] {
  return pressureTypes.map((type) => {
    const [what, text] = words[type];
    return pressure.includes(type)
      ? { type, status: 'True', reason: `AgentHasInsufficient${what}`, message: `the node has insufficient ${text}` }
      : { type, status: 'False', reason: `AgentHasSufficient${what}`, message: `the node has sufficient ${text}` };
  });
}
