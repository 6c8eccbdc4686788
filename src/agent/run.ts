/** The agent that runs: ports, system, actors. What wiring takes more than a line for a port stands in wiring/. */

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../common/actor/clock.ts';
import { createSystem } from '../common/actor/system.ts';
import type { ExitReason } from '../common/actor/types.ts';
import { toBytes } from '../common/lib/quantity.ts';
import type { AgentSettings } from '../common/model/config/agent-settings.ts';
import { parseDeviceRules } from '../common/model/config/device-resource-settings.ts';
import { createLogger } from '../common/process/logger.ts';
import { untilStopped } from '../common/process/program.ts';
import { serviceManager } from '../common/process/systemd-notify.ts';
import { version } from '../common/process/version.ts';
import { upWire } from '../common/wire/agent-protocol.ts';
import { lateTransport } from '../common/wire/late-transport.ts';
import { natsTransport } from '../common/wire/nats-transport.ts';
import { sendMetrics } from '../common/wire/send-metrics.ts';
import { serveImages } from '../common/wire/serve-images.ts';
import { serveStream } from '../common/wire/serve-stream.ts';
import { nodeStreamSubject, nodeUpPath } from '../common/wire/subjects.ts';
import { agentBehavior } from './actors/agent.ts';
import { offersOf } from './core/devices/assignment.ts';
import { keptFromPods, reserved } from './core/node/reserved.ts';
import { createChecks } from './io/checks/checks.ts';
import { createImageStore } from './io/containerd/image-store.ts';
import { pauseImage } from './io/containerd/own-images.ts';
import { createRegistries } from './io/containerd/registries.ts';
import { registryHosts } from './io/containerd/registry-hosts.ts';
import { createRuntimeStreams } from './io/cri/runtime-streams.ts';
import { createDeviceNodes } from './io/devices/device-nodes.ts';
import { createBallast } from './io/eviction/ballast.ts';
import { createPressureSignals } from './io/eviction/pressure-signals.ts';
import { createPodFiles } from './io/files/pod-files.ts';
import { createImageFs } from './io/gc/image-fs.ts';
import { createWriteMeter } from './io/gc/write-meter.ts';
import { createSensors } from './io/health/sensors.ts';
import { createHost } from './io/host/host.ts';
import { createCheckpoint } from './io/kept/checkpoint.ts';
import { createEventJournal } from './io/kept/event-journal.ts';
import { createKeptFile } from './io/kept/kept-file.ts';
import { createBootTraces } from './io/reboot/boot-traces.ts';
import { createSystemShutdown } from './io/shutdown/system-shutdown.ts';
import { createLocalServer } from './io/sources/local-server.ts';
import { createUsage } from './io/usage/usage.ts';
import { evictionRulesOf } from './settings/eviction-rules.ts';
import { gcLimitsOf } from './settings/gc-limits.ts';
import { nodeLabelsOf } from './settings/node-labels.ts';
import { shutdownPeriods } from './settings/shutdown-periods.ts';
import { bothServers } from './wiring/both-servers.ts';
import { lastWord } from './wiring/last-word.ts';
import { containerLogs } from './wiring/logs.ts';
import { closeIfOpen, connectForEver, ifConnected, onceConnected, online } from './wiring/nats-session.ts';
import { pagesOf } from './wiring/pages.ts';
import { memoryForPods, podCgroups } from './wiring/pod-cgroups.ts';
import { openRuntime } from './wiring/runtime.ts';
import { staticSources } from './wiring/static-sources.ts';

/** Until it is told to stop; answers with the exit code. Throws SettingsError for settings that do not go together. */
export async function run(settings: AgentSettings, random: () => number, stop: AbortSignal): Promise<number> {
  const node = settings.node ?? hostname().toLowerCase();
  const gcLimits = gcLimitsOf(settings);
  const rules = evictionRulesOf(settings);
  const log = createLogger('agent', settings.logLevel);
  await mkdir(settings.dataDir, { recursive: true, mode: 0o711 });
  const ended = new AbortController();
  const registries = registryHosts(settings.registryMirrors, settings.insecureRegistries, settings.registryCA);
  const { socket, cri } = await openRuntime(settings, registries, log, ended.signal);
  const connection = connectForEver(settings, node, log, ended.signal, random);
  const periods = shutdownPeriods(settings);
  const mark = createKeptFile(join(settings.dataDir, 'boot'));
  const shutdown = createSystemShutdown({ log, seconds: periods.total });
  const reserve = reserved(settings.systemReserved, settings.kubeReserved);
  const rulesOfDevices = parseDeviceRules(settings.deviceResources) ?? [];
  const deviceNodes = rulesOfDevices.length === 0 ? undefined : createDeviceNodes(rulesOfDevices);
  const host = createHost({
    ...(deviceNodes && { offers: async () => offersOf(deviceNodes.resources, await deviceNodes.present()) }),
    keep: (capacity) => keptFromPods(reserve, rules, capacity),
    dataDir: settings.dataDir,
    version,
    maxPods: settings.maxPods,
    ...(settings.nodeIP === undefined ? {} : { address: settings.nodeIP }),
  });
  const podsMemoryBytes = await memoryForPods(settings, host, reserve);
  const cgroups = await podCgroups(settings, host, cri, podsMemoryBytes);
  const signals = await createPressureSignals({
    dataDir: settings.dataDir,
    imageDir: async () => (await cri.imageFs())?.mountpoint,
    cgroupRoot: settings.cgroupRoot,
    podsMemoryBytes,
  });
  const system = createSystem({
    clock: realClock,
    log,
    random,
    transport: lateTransport(connection.then(natsTransport)),
    name: node,
  });
  const localServer = createLocalServer(settings.runDir, log);
  const agent = system.spawn(
    'agent',
    agentBehavior({
      checks: createChecks(realClock),
      deviceNodes,
      node,
      labels: nodeLabelsOf(settings.nodeLabels),
      unsafeSysctls: settings.allowedUnsafeSysctls.split(',').map((name) => name.trim()),
      cri,
      cgroups,
      host,
      files: createPodFiles({ dataDir: settings.dataDir, logDir: join(settings.dataDir, 'logs') }),
      ...staticSources(settings, log),
      journal: await createEventJournal(join(settings.runDir, 'agent', 'events.jsonl')),
      checkpoint: createCheckpoint(join(settings.dataDir, 'checkpoint'), join(settings.dataDir, 'device.key')),
      master: system.remote(nodeUpPath(node), upWire),
      ...containerLogs(settings),
      streamServer: bothServers(
        {
          serve: (stream, limit, handler) =>
            onceConnected(connection, (nc) =>
              serveStream(nc, nodeStreamSubject(node, stream), { clock: realClock, limit }, handler),
            ),
        },
        localServer.streams,
      ),
      localServer,
      runtimeStreams: createRuntimeStreams(),
      images: {
        registries: createRegistries(registries, process.env['HTTPS_PROXY'] ?? process.env['https_proxy']),
        maxPulls: settings.maxParallelImagePulls,
        store: createImageStore({ dir: join(settings.dataDir, 'image-archives'), socket, cri, clock: realClock }),
        server: { serve: (handler) => onceConnected(connection, (nc) => serveImages(nc, node, handler)) },
        maxBytes: toBytes(settings.maxImageBytes),
        sandboxImage: pauseImage,
      },
      metricsPages: await pagesOf(settings, log),
      metrics: {
        uplink: { send: async (samples) => await ifConnected(connection, (nc) => sendMetrics(nc, node, samples)) },
        interval: settings.metricsInterval * 1000,
      },
      health: {
        sensors: createSensors({ root: settings.healthRoot, dataDir: settings.dataDir, clock: realClock }),
        kept: createKeptFile(join(settings.runDir, 'agent', 'health')),
        rules: { temperatureLimit: settings.temperatureLimit, quiet: settings.healthQuietPeriod * 1000 },
        // Without a group of their own nothing can hold them.
        bestEffortPercent: settings.cgroupsPerQos ? settings.bestEffortCPUPercent : 100,
      },
      usage: {
        usage: await createUsage({
          ...{ cri, socket, dataDir: settings.dataDir, cgroupRoot: settings.cgroupRoot },
          logDir: join(settings.dataDir, 'logs'),
        }),
        housekeepingInterval: settings.housekeepingInterval * 1000,
      },
      writeMeter: createWriteMeter(settings.dataDir),
      gc: { imageFs: createImageFs(cri), limits: gcLimits },
      reboot: { traces: createBootTraces(settings.healthRoot), mark },
      eviction: { rules, signals, ballast: createBallast(join(settings.dataDir, 'ballast')) },
      shutdown: periods.total > 0 ? { system: shutdown, periods } : undefined,
      random,
      newId: randomUUID,
    }),
  );
  const manager = serviceManager(process.env, realClock, log);
  void connection.then((nc) => online(nc, node, system, agent));
  log.info({ node, version }, 'agent is ready');
  manager.ready(`runs the pods of ${node}`);
  const stopped = untilStopped(stop).then((): ExitReason => ({ kind: 'shutdown' }));
  const why = await Promise.race([system.ended, stopped]);
  const withSystem = why.kind === 'shutdown' && (await shutdown.beforeExit());
  manager.stopping();
  await system.shutdown();
  if (why.kind === 'shutdown') await lastWord(mark, withSystem, log);
  ended.abort();
  cri.close();
  await closeIfOpen(connection);
  if (why.kind === 'failed') log.error({ error: String(why.error) }, 'the agent failed');
  return why.kind === 'failed' ? 1 : 0;
}
