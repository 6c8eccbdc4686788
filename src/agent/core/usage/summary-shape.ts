/** The kubelet's shape of what a node uses: kubelet/pkg/apis/stats/v1alpha1. Bytes; times as RFC 3339. */

import type { FsUsage, InterfaceUsage, Stall } from './sweep.ts';

export type SummaryPsi = { readonly full?: SummaryStall; readonly some: SummaryStall };
/** `total` in nanoseconds. */
export type SummaryStall = Pick<Stall, 'avg10' | 'avg60' | 'avg300'> & { readonly total: number };
export type SummaryCpu = {
  readonly time: string;
  readonly usageNanoCores?: number;
  readonly usageCoreNanoSeconds: number;
  readonly psi?: SummaryPsi;
};
export type SummaryMemory = {
  readonly time: string;
  readonly availableBytes?: number;
  readonly usageBytes: number;
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
  readonly psi?: SummaryPsi;
};
type SummaryFs = FsUsage & { readonly time: string };
type SummaryInterface = Pick<InterfaceUsage, 'name' | 'rxBytes' | 'rxErrors' | 'txBytes' | 'txErrors'>;
export type SummaryNetwork = Partial<SummaryInterface> & {
  readonly time: string;
  readonly interfaces: readonly SummaryInterface[];
};
export type SummaryGroup = {
  readonly cpu?: SummaryCpu;
  readonly memory?: SummaryMemory;
  readonly io?: { readonly time: string; readonly psi: SummaryPsi };
  readonly swap?: { readonly time: string; readonly swapUsageBytes: number };
};
export type SummaryContainer = SummaryGroup & {
  readonly name: string;
  readonly startTime: string;
  readonly rootfs?: SummaryFs;
  readonly logs?: SummaryFs;
};
export type SummaryPod = SummaryGroup & {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  readonly containers: readonly SummaryContainer[];
  readonly network?: SummaryNetwork;
  readonly volume?: readonly (SummaryFs & { readonly name: string })[];
  readonly 'ephemeral-storage': SummaryFs;
  readonly process_stats?: { readonly process_count: number };
};
export type SummaryNode = SummaryGroup & {
  readonly nodeName: string;
  readonly systemContainers: readonly SummaryContainer[];
  readonly startTime: string;
  readonly network: SummaryNetwork;
  readonly fs: SummaryFs;
  readonly runtime?: { readonly imageFs: SummaryFs; readonly containerFs: SummaryFs };
  readonly rlimit?: { readonly time: string; readonly maxpid?: number; readonly curproc?: number };
};
export type Summary = { readonly node: SummaryNode; readonly pods: readonly SummaryPod[] };
