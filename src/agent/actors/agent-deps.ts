/** What the agent is made of: its ports and what the settings say. */

import type { Ref } from '../../common/actor/types.ts';
import type { UpMessage } from '../../common/wire/agent-protocol.ts';
import type { RotationLimits } from '../core/node/log-rotation.ts';
import type { Cgroups } from '../ports/cgroups.ts';
import type { Checkpoint } from '../ports/checkpoint.ts';
import type { Checks } from '../ports/checks.ts';
import type { Cri, Labels } from '../ports/cri.ts';
import type { DeviceNodes } from '../ports/device-nodes.ts';
import type { EventJournal } from '../ports/event-journal.ts';
import type { Host } from '../ports/host.ts';
import type { ImageFs } from '../ports/image-fs.ts';
import type { LocalServer } from '../ports/local-server.ts';
import type { LogFiles } from '../ports/log-files.ts';
import type { Logs } from '../ports/logs.ts';
import type { KeptFile, ManifestDir, ManifestUrl } from '../ports/manifests.ts';
import type { PodFiles } from '../ports/pod-files.ts';
import type { RuntimeStreams } from '../ports/runtime-streams.ts';
import type { StreamServer } from '../ports/stream-server.ts';
import type { WriteMeter } from '../ports/write-meter.ts';
import type { EvictionDeps } from './eviction/eviction.ts';
import type { GcLimits } from './gc/gc.ts';
import type { HealthParts } from './health/device-health.ts';
import type { ImageParts } from './images/image-service.ts';
import type { MetricsDeps } from './metrics/metrics.ts';
import type { MetricsPagesDeps, metricsPages } from './metrics/metrics-pages.ts';
import type { RebootParts } from './reboot/reboot.ts';
import type { RelistPeriods } from './relist.ts';
import type { ShutdownParts } from './shutdown/shutdown.ts';
import type { MakeStaticPod, ReadDocuments } from './sources/read-manifest.ts';
import type { LogStormsDeps } from './storms/log-storms.ts';
import type { UsageDeps } from './usage/usage.ts';

export type AgentDeps = {
  readonly node: string;
  /** Labels of the Node beside those that the host tells. */
  readonly labels: Labels;
  /** Kernel parameters that pods may set beside the safe ones: names, or beginnings with `*`. */
  readonly unsafeSysctls: readonly string[];
  readonly cgroups: Cgroups;
  readonly checks: Checks;
  readonly cri: Cri;
  readonly host: Host;
  readonly files: PodFiles;
  readonly checkpoint: Checkpoint;
  readonly journal: EventJournal;
  readonly manifestDir: ManifestDir;
  /** Where a URL is asked for pods, and where its last answer is kept. */
  readonly manifestUrl?: { readonly url: ManifestUrl; readonly file: KeptFile } | undefined;
  readonly readDocuments: ReadDocuments;
  readonly makeStaticPod: MakeStaticPod;
  /** Where the pods are kept that were applied on the device itself. */
  readonly localPods: KeptFile;
  readonly localServer: LocalServer;
  readonly master: Ref<UpMessage>;
  readonly logs: Logs;
  readonly logRotation: { readonly files: LogFiles; readonly limits: RotationLimits };
  readonly streamServer: StreamServer;
  readonly runtimeStreams: RuntimeStreams;
  readonly images: ImageParts;
  readonly usage: UsageDeps;
  readonly metrics: Omit<MetricsDeps, 'node' | 'usage'>;
  /** Pages for Prometheus, where they are wanted. */
  /** `pages` is loaded only where there are any. */
  readonly metricsPages?:
    | (Omit<MetricsPagesDeps, 'node' | 'usage' | 'health' | 'writes' | 'storms' | 'meter'> & {
        readonly pages: typeof metricsPages;
      })
    | undefined;
  /** The sensors of the device; absent where there is none to look at. */
  readonly health?: HealthParts | undefined;
  readonly logStorms: Pick<LogStormsDeps, 'diversion' | 'rate'>;
  readonly writeMeter: WriteMeter;
  readonly gc: { readonly imageFs: ImageFs; readonly limits: GcLimits };
  /** What the last boot has left, and what this one leaves. */
  readonly reboot?: RebootParts | undefined;
  /** Devices that pods can ask for; absent where the node offers none. */
  readonly deviceNodes?: DeviceNodes | undefined;
  /** Where pods end in order with the device. */
  readonly shutdown?: ShutdownParts | undefined;
  readonly relistPeriods?: RelistPeriods;
  /** When pods are ended so that the device does not run out. */
  readonly eviction: Pick<EvictionDeps, 'rules' | 'signals' | 'ballast'>;
  random(): number;
  newId(): string;
};
