/** The root of the agent: starts its parts and hands them what the master says. */

import type { Behavior, Millis, Ref } from '../../common/actor/types.ts';
import { toBytes } from '../../common/lib/quantity.ts';
import type { DeviceMessage, UpMessage } from '../../common/wire/agent-protocol.ts';
import type { RotationLimits } from '../core/node/log-rotation.ts';
import { type NodeFacts, nodeIps } from '../core/node/node-facts.ts';
import type { CgroupFacts, Cgroups } from '../ports/cgroups.ts';
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
import { devices } from './devices/devices.ts';
import { type EvictionDeps, eviction } from './eviction/eviction.ts';
import { storageLimits } from './eviction/storage-limits.ts';
import { type GcLimits, gc } from './gc/gc.ts';
import { writeBudget } from './gc/write-budget.ts';
import { deviceHealth, type HealthParts } from './health/device-health.ts';
import { type ImageParts, imageService } from './images/image-service.ts';
import { link } from './link/link.ts';
import { nodeStatus } from './link/node-status.ts';
import { podEvents } from './link/pod-events.ts';
import { reporter } from './link/reporter.ts';
import { type MetricsDeps, metrics } from './metrics/metrics.ts';
import { type MetricsPagesDeps, metricsPages } from './metrics/metrics-pages.ts';
import { probes } from './probes/probes.ts';
import { type RebootParts, reboot } from './reboot/reboot.ts';
import { type RelistPeriods, relistPeriods } from './relist.ts';
import { type ShutdownParts, shutdown } from './shutdown/shutdown.ts';
import { localApi } from './sources/local-api.ts';
import { localPods } from './sources/local-pods.ts';
import { manifestUrl } from './sources/manifest-url.ts';
import { manifests } from './sources/manifests.ts';
import { mirrors } from './sources/mirrors.ts';
import { overview } from './sources/overview.ts';
import { pods } from './sources/pods.ts';
import type { ReadDocuments } from './sources/read-manifest.ts';
import { type LogStormsDeps, logStorms } from './storms/log-storms.ts';
import { logRotation } from './streams/log-rotation.ts';
import { logs } from './streams/logs.ts';
import { sessions } from './streams/sessions.ts';
import { type UsageDeps, usage } from './usage/usage.ts';

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
  readonly metricsPages?: Omit<MetricsPagesDeps, 'node' | 'usage' | 'health' | 'writes' | 'storms'> | undefined;
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
  readonly eviction: Pick<EvictionDeps, 'rules' | 'signals'>;
  random(): number;
  newId(): string;
};

/** What others have told these can not be told again by halves: when one fails, the agent starts anew as a whole. */
const wholeAgain = { intensity: { restarts: 0, within: 1 } } as const;

/** Expose the root under `nodeDownPath(node)` with `deviceWire`; tell it `who` when the connection was lost and is back. */
export function agentBehavior(deps: AgentDeps): Behavior<DeviceMessage> {
  return async (self) => {
    const { node, master, cgroups, checks, cri, host, files, random, images } = deps;
    const facts = { ...(await nodeFacts(node, host, cgroups.facts)), unsafeSysctls: deps.unsafeSysctls, pressure: [] };
    const events = self.spawn('events', podEvents(deps));
    const reports = self.spawn('reporter', reporter({ node, master, random }), wholeAgain);
    const health = self.spawn('node-status', nodeStatus(deps));
    const device = self.spawn('overview', overview({ reporter: reports, nodeStatus: health }), wholeAgain);
    const mirror = self.spawn('mirrors', mirrors({ node, master, reports: device, events, random }), wholeAgain);
    const periods = deps.relistPeriods ?? relistPeriods;
    const prober = self.spawn('probes', probes({ cri, checks, events, random }), wholeAgain);
    const uses = self.spawn('usage', usage(deps.usage));
    const samples = self.spawn('metrics', metrics({ ...deps.metrics, node, usage: uses }));
    const sensors =
      deps.health && self.spawn('health', deviceHealth({ ...deps.health, cgroups, host, nodeStatus: health, events }));
    const storms = self.spawn(
      'log-storms',
      logStorms({ ...deps.logStorms, cri, events, logDirectory: files.logDirectory }),
    );
    const writes = self.spawn('write-budget', writeBudget({ meter: deps.writeMeter, storms, nodeStatus: health }));
    if (deps.metricsPages !== undefined) {
      self.spawn(
        'metrics-pages',
        metricsPages({ ...deps.metricsPages, node, usage: uses, health: sensors, writes, storms }),
      );
    }
    const offers = deps.deviceNodes && {
      resources: deps.deviceNodes.resources,
      ref: self.spawn('devices', devices({ cri, nodes: deps.deviceNodes })),
    };
    const podsRef = self.spawn(
      'pods',
      pods({
        cgroups,
        checks,
        probes: prober,
        logs: deps.logs,
        cri,
        host,
        devices: offers,
        files,
        uptime: deps.journal,
        node: facts,
        nodeStatus: health,
        events,
        reporter: device,
        mirrors: mirror,
        overview: device,
        listeners: [uses, storms],
        relistPeriods: periods,
        sources: ['master', 'file', 'local', ...(deps.manifestUrl === undefined ? [] : ['http' as const])],
        registries: images.registries,
        maxPulls: images.maxPulls,
      }),
      wholeAgain,
    );
    if (deps.reboot !== undefined) {
      self.spawn('reboot', reboot({ ...deps.reboot, node, uptime: deps.journal, nodeStatus: health, events }));
    }
    if (deps.shutdown !== undefined) {
      self.spawn('shutdown', shutdown({ ...deps.shutdown, pods: podsRef, nodeStatus: health, events }), wholeAgain);
    }
    const links = self.spawn(
      'link',
      link({
        ...deps,
        pods: podsRef,
        reporter: reports,
        nodeStatus: health,
        events,
        mirrors: mirror,
        overview: device,
      }),
    );
    self.spawn('images', imageService(cri, images, facts.architecture));
    self.spawn('logs', logs({ cri, logs: deps.logs, server: deps.streamServer }));
    const rotation = self.spawn('log-rotation', logRotation({ cri, storms, ...deps.logRotation }));
    const collector = self.spawn(
      'gc',
      gc({ ...deps.gc, cri, sandboxImage: images.sandboxImage, pods: podsRef, events, logRotation: rotation }),
    );
    const evictor = { ...deps.eviction, node, usage: uses, gc: collector, pods: podsRef, nodeStatus: health, events };
    self.spawn('eviction', eviction(evictor));
    self.spawn('storage-limits', storageLimits(evictor));
    self.spawn('sessions', sessions({ cri, runtime: deps.runtimeStreams, server: deps.streamServer }));
    const { readDocuments } = deps;
    const sources = { node, readDocuments, pods: podsRef, events, overview: device };
    self.spawn('manifests', manifests({ ...sources, dir: deps.manifestDir }), wholeAgain);
    if (deps.manifestUrl !== undefined) {
      self.spawn('manifest-url', manifestUrl({ ...sources, ...deps.manifestUrl, random }), wholeAgain);
    }
    const local = self.spawn('local-pods', localPods({ ...sources, file: deps.localPods }), wholeAgain);
    self.spawn(
      'local-api',
      localApi({ node, server: deps.localServer, pods: podsRef, local, overview: device, metrics: samples }),
    );
    return {
      on: {
        poke: (message) => {
          links.tell(message);
          mirror.tell(message);
        },
        who(message) {
          links.tell(message);
          samples.tell({ type: 'online' });
        },
        usage: (message, { reply }) => void samples.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
        history: (message, { reply }) => void samples.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
        summary: (message, { reply }) => void samples.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
        metrics: (message, { reply }) => void samples.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
      },
    };
  };
}

/** The asker has its own limit, which is shorter. */
const USAGE_LIMIT: Millis = 25_000;

function refusing(reply: (answer: { error: string }) => void): (error: unknown) => void {
  return (error) => reply({ error: String(error) });
}

async function nodeFacts(
  name: string,
  host: Host,
  cgroups: CgroupFacts,
): Promise<Omit<NodeFacts, 'unsafeSysctls' | 'pressure'>> {
  const { status } = await host.describe();
  return {
    name,
    ips: nodeIps(status),
    ...(status.nodeInfo === undefined ? {} : { architecture: status.nodeInfo.architecture }),
    memoryBytes: toBytes(status.capacity?.['memory'] ?? '0'),
    allocatable: status.allocatable ?? {},
    cgroups,
  };
}
