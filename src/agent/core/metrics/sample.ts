/** A sweep in the form in which it leaves the device. */

import type { GroupSample, InterfaceSample, UsageSample } from '../../../common/model/usage-sample.ts';
import type { FsUsage, GroupUsage, InterfaceUsage, Sweep } from '../usage/sweep.ts';

/** Everything, or as little as charts of CPU, memory, traffic and disks need. */
export function sampleOf(sweep: Sweep, detail: 'brief' | 'full'): UsageSample {
  if (detail === 'full') return sweep;
  const { at, wall, window, node, pods, system } = sweep;
  return {
    at,
    wall,
    window,
    node: {
      ...briefGroup(node),
      cores: node.cores,
      memoryCapacityBytes: node.memoryCapacityBytes,
      network: node.network.map(briefInterface),
      nodefs: briefFilesystem(node.nodefs),
    },
    pods: pods.map((pod) => ({
      pod: pod.pod,
      ...briefGroup(pod),
      containers: pod.containers.map((container) => ({ name: container.name, ...briefGroup(container) })),
      network: pod.network?.map(briefInterface),
    })),
    system: system.map((part) => ({ name: part.name, ...briefGroup(part) })),
  };
}

function briefGroup({ cpu, memory, io }: GroupUsage): GroupSample {
  return {
    cpu: cpu && { usageNanos: cpu.usageNanos, nanoCores: cpu.nanoCores },
    memory: memory && { workingSetBytes: memory.workingSetBytes },
    io: io && {
      disks: io.disks.map(({ device, name, readBytes, writtenBytes }) => ({ device, name, readBytes, writtenBytes })),
    },
  };
}

function briefInterface({ name, rxBytes, txBytes }: InterfaceUsage): InterfaceSample {
  return { name, rxBytes, txBytes };
}

function briefFilesystem({ usedBytes, capacityBytes, availableBytes }: FsUsage) {
  return { usedBytes, capacityBytes, availableBytes };
}

/** Samples in messages of about `bytes` of JSON, one at least in each, in their order. */
export function batchesOf(samples: readonly UsageSample[], bytes: number): readonly (readonly UsageSample[])[] {
  const batches: UsageSample[][] = [];
  let room = 0;
  for (const sample of samples) {
    const size = JSON.stringify(sample).length;
    const last = batches.at(-1);
    if (last === undefined || size > room) {
      batches.push([sample]);
      room = bytes - size;
    } else {
      last.push(sample);
      room -= size;
    }
  }
  return batches;
}

/** Of samples in their order those that are at least `interval` apart, with the last one always. */
export function thinned(samples: readonly UsageSample[], interval: number): readonly UsageSample[] {
  let before = Number.NEGATIVE_INFINITY;
  return samples.filter(({ at }, index) => {
    // Sweeps come a little early or late.
    if (at - before < interval * 0.9 && index < samples.length - 1) return false;
    before = at;
    return true;
  });
}
