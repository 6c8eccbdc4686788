/** `bramble agent`: settings, ports, system, actors. The only file of the agent that wires. */

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../common/actor/clock.ts';
import { createSystem } from '../common/actor/system.ts';
import type { ExitReason, Logger } from '../common/actor/types.ts';
import { toBytes, toMillis } from '../common/lib/quantity.ts';
import { type AgentSettings, agentSettings } from '../common/model/config/agent-settings.ts';
import { parseDeviceRules } from '../common/model/config/device-resource-settings.ts';
import { loadSettings, SettingsError } from '../common/process/load-settings.ts';
import { createLogger } from '../common/process/logger.ts';
import { createPageServer } from '../common/process/page-server.ts';
import { processSeries } from '../common/process/process-series.ts';
import { type Program, untilStopped } from '../common/process/program.ts';
import { serviceManager } from '../common/process/systemd-notify.ts';
import { version } from '../common/process/version.ts';
import { upWire } from '../common/wire/agent-protocol.ts';
import { lateTransport } from '../common/wire/late-transport.ts';
import { natsTransport } from '../common/wire/nats-transport.ts';
import { sendMetrics } from '../common/wire/send-metrics.ts';
import { serveImages } from '../common/wire/serve-images.ts';
import { serveStream } from '../common/wire/serve-stream.ts';
import { nodeStreamSubject, nodeUpPath } from '../common/wire/subjects.ts';
import { type AgentDeps, agentBehavior } from './actors/agent.ts';
import { noteEnd } from './actors/reboot/boot-mark.ts';
import { cpuShares } from './core/config/container-resources.ts';
import { offersOf } from './core/devices/assignment.ts';
import { evictionRules, type Rules } from './core/eviction/rules.ts';
import { keptFromPods, reserved } from './core/node/reserved.ts';
import { gcLimitsOf } from './gc-limits.ts';
import { createChecks } from './io/checks/checks.ts';
import { containerdLayout } from './io/containerd/containerd-config.ts';
import { keepContainerd } from './io/containerd/containerd-keeper.ts';
import { createImageStore } from './io/containerd/image-store.ts';
import { pauseImage } from './io/containerd/own-images.ts';
import { createRegistries, writeRegistryHosts } from './io/containerd/registries.ts';
import { registryHosts } from './io/containerd/registry-hosts.ts';
import { createCri } from './io/cri/cri.ts';
import { createRuntimeStreams } from './io/cri/runtime-streams.ts';
import { createDeviceNodes } from './io/devices/device-nodes.ts';
import { createPressureSignals } from './io/eviction/pressure-signals.ts';
import { createPodFiles } from './io/files/pod-files.ts';
import { createImageFs } from './io/gc/image-fs.ts';
import { createWriteMeter } from './io/gc/write-meter.ts';
import { createSensors } from './io/health/sensors.ts';
import { createCgroups } from './io/host/cgroups.ts';
import { createHost } from './io/host/host.ts';
import { createCheckpoint } from './io/kept/checkpoint.ts';
import { createEventJournal } from './io/kept/event-journal.ts';
import { createKeptFile } from './io/kept/kept-file.ts';
import { createLogFiles } from './io/logs/log-files.ts';
import { createLogs } from './io/logs/logs.ts';
import { createBootTraces } from './io/reboot/boot-traces.ts';
import { createSystemShutdown } from './io/shutdown/system-shutdown.ts';
import { createLocalServer } from './io/sources/local-server.ts';
import { createManifestDir } from './io/sources/manifest-dir.ts';
import { createManifestUrl } from './io/sources/manifest-url.ts';
import { createLogDiversion } from './io/storms/log-diversion.ts';
import { createUsage } from './io/usage/usage.ts';
import { maintenance, ownRuntime, registryConfigDir } from './maintenance.ts';
import { closeIfOpen, connectForEver, ifConnected, onceConnected, online } from './nats-session.ts';
import type { Cgroups } from './ports/cgroups.ts';
import type { Cri } from './ports/cri.ts';
import type { Amounts, Host } from './ports/host.ts';
import { type KeptFile, KeptFileError } from './ports/manifests.ts';
import type { StreamServer } from './ports/stream-server.ts';
import { shutdownPeriods } from './shutdown-periods.ts';

/** `bramble agent` runs until it is told to stop; pods go on. */
export const main: Program = async (argv, stop) => {
  const [word = ''] = argv;
  const action = Object.hasOwn(maintenance, word) ? maintenance[word] : undefined;
  if (action === undefined && /^[^-]/.test(word)) {
    const known = ['status', 'pods', 'logs', 'apply', 'delete', ...Object.keys(maintenance)];
    throw new SettingsError(`unknown verb ${JSON.stringify(word)} of bramble agent; known are ${known.join(', ')}`);
  }
  const settings = await loadSettings({
    program: 'bramble agent',
    summary:
      `Run the pods of this device (or, once: ${Object.keys(maintenance).join(', ')}).\n` +
      'The agent that runs is asked by: bramble agent status|pods|logs|apply|delete (--help)',
    schema: agentSettings,
    defaultFile: '/etc/bramble/agent.yaml',
    argv: action === undefined ? argv : argv.slice(1),
    env: process.env,
  });
  if (settings === undefined) return 0;
  if (action === undefined) return await run(settings, stop);
  await action(settings);
  return 0;
};

async function run(settings: AgentSettings, stop: AbortSignal): Promise<number> {
  const node = settings.node ?? hostname().toLowerCase();
  const gcLimits = gcLimitsOf(settings);
  const rules = rulesOf(settings);
  const log = createLogger('agent', settings.logLevel);
  await mkdir(settings.dataDir, { recursive: true, mode: 0o711 });
  const owned = ownRuntime(settings);
  const ended = new AbortController();
  const registries = registryHosts(settings.registryMirrors, settings.insecureRegistries, settings.registryCA);
  if (settings.ownRuntime) {
    await writeRegistryHosts(registryConfigDir(settings), registries);
    keepContainerd(owned, realClock, log, ended.signal);
  }
  const socket = settings.ownRuntime
    ? containerdLayout(owned).socket
    : settings.runtimeEndpoint.replace(/^unix:\/\//, '');
  const cri = createCri(socket, { seccompDir: join(settings.dataDir, 'seccomp') });
  const connection = connectForEver(settings, node, log, ended.signal, Math.random);
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
  const cgroups = await cgroupsOf(settings, host, cri, podsMemoryBytes);
  const signals = await createPressureSignals({
    dataDir: settings.dataDir,
    imageDir: async () => (await cri.imageFs())?.mountpoint,
    cgroupRoot: settings.cgroupRoot,
    podsMemoryBytes,
  });
  const system = createSystem({
    clock: realClock,
    log,
    random: Math.random,
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
      labels: labelsOf(settings.nodeLabels),
      unsafeSysctls: settings.allowedUnsafeSysctls.split(',').map((name) => name.trim()),
      cri,
      cgroups,
      host,
      files: createPodFiles({ dataDir: settings.dataDir, logDir: join(settings.dataDir, 'logs') }),
      manifestDir: createManifestDir(settings.staticPodPath, realClock, log),
      manifestUrl: urlOf(settings),
      readDocuments: async (...manifest) =>
        (await import('../common/manifest/documents.ts')).readDocuments(...manifest),
      journal: await createEventJournal(join(settings.runDir, 'agent', 'events.jsonl')),
      checkpoint: createCheckpoint(join(settings.dataDir, 'checkpoint'), join(settings.dataDir, 'device.key')),
      master: system.remote(nodeUpPath(node), upWire),
      logs: createLogs(realClock),
      logRotation: {
        files: createLogFiles(join(settings.dataDir, 'logs')),
        limits: { maxBytes: toBytes(settings.containerLogMaxSize), maxFiles: settings.containerLogMaxFiles },
      },
      streamServer: both(
        {
          serve: (stream, limit, handler) =>
            onceConnected(connection, (nc) =>
              serveStream(nc, nodeStreamSubject(node, stream), { clock: realClock, limit }, handler),
            ),
        },
        localServer.streams,
      ),
      localPods: createKeptFile(join(settings.dataDir, 'static', 'local')),
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
      metricsPages: pagesOf(settings, log),
      metrics: {
        uplink: { send: async (samples) => await ifConnected(connection, (nc) => sendMetrics(nc, node, samples)) },
        interval: settings.metricsInterval * 1000,
      },
      health: {
        sensors: createSensors({ root: settings.healthRoot, dataDir: settings.dataDir, clock: realClock }),
        kept: createKeptFile(join(settings.runDir, 'agent', 'health')),
        rules: { temperatureLimit: settings.temperatureLimit, quiet: settings.healthQuietPeriod * 1000 },
        bestEffortPercent: settings.bestEffortCPUPercent,
      },
      usage: {
        usage: await createUsage({
          ...{ cri, socket, dataDir: settings.dataDir, cgroupRoot: settings.cgroupRoot },
          logDir: join(settings.dataDir, 'logs'),
        }),
        housekeepingInterval: settings.housekeepingInterval * 1000,
      },
      logStorms: {
        diversion: createLogDiversion(join(settings.runDir, 'agent', 'log-storms')),
        rate: {
          bytesPerSecond: toBytes(settings.containerLogMaxRate),
          burstBytes: toBytes(settings.containerLogBurst),
        },
      },
      writeMeter: createWriteMeter(settings.dataDir),
      gc: { imageFs: createImageFs(cri), limits: gcLimits },
      reboot: { traces: createBootTraces(settings.healthRoot), mark },
      eviction: { rules, signals },
      shutdown: periods.total > 0 ? { system: shutdown, periods } : undefined,
      random: Math.random,
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

/** For the next boot, which asks how this one ended. */
async function lastWord(mark: KeptFile, withSystem: boolean, log: Logger): Promise<void> {
  try {
    await noteEnd(mark, withSystem);
  } catch (error) {
    if (!(error instanceof KeptFileError)) throw error;
    log.warn({ error: error.message }, 'the next boot will not know how this one ended');
  }
}

/** When pods are evicted; what is wrong is the user's mistake. */
function rulesOf(settings: AgentSettings): Rules {
  const rules = evictionRules(settings);
  if (!rules.ok) throw new SettingsError(rules.message);
  return rules.value;
}

/** Off unless a port is set. */
function pagesOf({ metricsAddress, metricsPort }: AgentSettings, log: Logger): AgentDeps['metricsPages'] {
  if (metricsPort === 0) return undefined;
  const server = createPageServer(metricsAddress, metricsPort, log);
  return { server, ownSeries: (add) => processSeries(add, 'agent', version) };
}

/** What all pods together may use: the rest is left to the system and the agent. */
async function memoryForPods(settings: AgentSettings, host: Host, reserve: Amounts): Promise<number> {
  const { capacity = {}, allocatable = {} } = (await host.describe()).status;
  const bytes = toBytes(capacity['memory'] ?? '0') - reserve.memoryBytes;
  if (bytes > 0 && toMillis(allocatable['cpu'] ?? '0') > 0) return bytes;
  const { systemReserved, kubeReserved } = settings;
  throw new SettingsError(
    `systemReserved and kubeReserved must leave something to pods: found ${JSON.stringify(systemReserved)} and ` +
      `${JSON.stringify(kubeReserved)} on a device with cpu=${capacity['cpu']},memory=${capacity['memory']}`,
  );
}

/** Pods together get what is not reserved. */
async function cgroupsOf(settings: AgentSettings, host: Host, cri: Cri, memoryBytes: number): Promise<Cgroups> {
  const { allocatable = {} } = (await host.describe()).status;
  return await createCgroups({
    root: settings.cgroupRoot,
    enabled: settings.cgroupsPerQos,
    podPidsLimit: settings.podPidsLimit < 0 ? undefined : settings.podPidsLimit,
    driver: async () => (settings.ownRuntime ? 'cgroupfs' : await cri.cgroupDriver()),
    allPods: {
      cpuShares: cpuShares(toMillis(allocatable['cpu'] ?? '0')),
      memoryBytes,
    },
  });
}

/** The URL of static pods and the file of its last answer, where there is one. */
function urlOf({ staticPodUrl, staticPodUrlHeader, dataDir }: AgentSettings): AgentDeps['manifestUrl'] {
  if (staticPodUrl === undefined) return undefined;
  const headers = staticPodUrlHeader.split('\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    if (line.trim() === '') return [];
    if (colon < 1) throw new SettingsError('--static-pod-url-header: must be lines of NAME: VALUE');
    return [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
  });
  return {
    url: createManifestUrl(staticPodUrl, Object.fromEntries(headers)),
    file: createKeptFile(join(dataDir, 'static', 'http')),
  };
}

/** Streams are asked for in the cluster and on the device. */
function both(one: StreamServer, other: StreamServer): StreamServer {
  return {
    serve(...service) {
      const stops = [one.serve(...service), other.serve(...service)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

/** `a=b,c=d` as a map. */
function labelsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new SettingsError(`--node-labels: must be key=value,key=value; found ${JSON.stringify(pair)}`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
