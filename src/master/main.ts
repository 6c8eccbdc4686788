/** `bramble master`: settings, ports, system, actors. The only file of the master that wires. */

import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { realClock } from '../common/actor/clock.ts';
import { createSystem } from '../common/actor/system.ts';
import type { ExitReason, Logger } from '../common/actor/types.ts';
import { createMeter } from '../common/metrics/meter.ts';
import type { Add } from '../common/metrics/page.ts';
import { type MasterSettings, masterSettings } from '../common/model/config/master-settings.ts';
import { externalNames } from '../common/model/config/scheduler-settings.ts';
import { parseTaintPolicy } from '../common/model/node-conditions.ts';
import { loadSettings, SettingsError } from '../common/process/load-settings.ts';
import { createLogger } from '../common/process/logger.ts';
import { createPageServer } from '../common/process/page-server.ts';
import { processSeries } from '../common/process/process-series.ts';
import { type Program, UserError, untilStopped } from '../common/process/program.ts';
import { serviceManager } from '../common/process/systemd-notify.ts';
import { version } from '../common/process/version.ts';
import { openJetStreamStore } from '../common/store/jetstream-store.ts';
import type { Revision, StoreKey } from '../common/store/store.ts';
import { connectNats } from '../common/wire/connect.ts';
import { natsTransport } from '../common/wire/nats-transport.ts';
import { type ApiDependencies, apiServer } from './actors/api.ts';
import { createDeviceUsage } from './actors/device-usage.ts';
import { fleetPages } from './actors/fleet-pages.ts';
import { masterBehavior, type Service } from './actors/master.ts';
import { storeKeeper } from './actors/store-keeper.ts';
import { garbageCollection } from './core/garbage-collection.ts';
import { namespaceLifecycle } from './core/namespace-lifecycle.ts';
import { profilesOf } from './core/scheduling/profile.ts';
import { createNatsApiListener } from './io/api-listener.ts';
import { createLeaderLock } from './io/leader-lock.ts';
import { endNats, type NatsProcess, NatsProcessError, startNats } from './io/nats-process.ts';
import { isNewEnough, oldestNats } from './io/nats-version.ts';
import { createSuffixes } from './io/suffixes.ts';
import { bootstrap, createObjects } from './objects.ts';
import type { ListSource } from './ports.ts';

/** A server that is there answers long before. */
const tellUnansweredAfter = 5_000;
/** Less than a client waits. */
const schedulerWithin = 3_000;

/** `bramble master` runs until it is told to stop. `bramble master teardown` ends a nats-server that a killed master left. */
export const main: Program = async (argv, stop) => {
  const [action] = argv;
  const settings = await loadSettings({
    program: 'bramble master',
    summary: 'Keep the state of a cluster, schedule it and reconcile it',
    schema: masterSettings,
    defaultFile: '/etc/bramble/master.yaml',
    argv: action === 'teardown' ? argv.slice(1) : argv,
    env: process.env,
  });
  if (settings === undefined) return 0;
  if (action === 'teardown') {
    await endNats(settings.dataDir, realClock);
    return 0;
  }
  const log = createLogger('master', settings.logLevel);
  const owned = settings.server === undefined ? await ownNats(settings, log) : undefined;
  try {
    return await run(settings, owned, log, stop);
  } finally {
    rmSync(addressFile(settings), { force: true });
    await owned?.stop();
  }
};

async function run(
  settings: MasterSettings,
  owned: NatsProcess | undefined,
  log: Logger,
  stop: AbortSignal,
): Promise<number> {
  const ended = untilStopped(stop).then((): ExitReason => ({ kind: 'shutdown' }));
  const connecting = connectNats({
    servers: owned?.url ?? settings.server ?? '',
    name: `master ${settings.name}`,
    lifetime: 'long',
    ...(settings.creds === undefined ? {} : { creds: settings.creds }),
  });
  const cancelWord = realClock.timer(tellUnansweredAfter, () => {
    log.warn({ server: settings.server }, 'NATS does not answer; the master waits for it');
  });
  // A server that never answers must not keep a master that is told to stop.
  const nc = await Promise.race([connecting, ended]);
  cancelWord();
  if (!('info' in nc)) return 0;
  try {
    checkServer(nc);
  } catch (error) {
    await nc.close();
    throw error;
  }
  const store = await openJetStreamStore(nc, {
    replicas: settings.replicas,
    log,
    clock: realClock,
    random: Math.random,
  });
  const { metricsAddress, metricsPort } = settings;
  const meter = metricsPort > 0 ? createMeter() : undefined;
  const newSuffix = createSuffixes();
  let acknowledged: Revision = 0;
  /** What the view holds, once there is one. */
  let known: ListSource | undefined;
  const listed = (resource: string) => known?.list(resource).objects ?? [];
  const held = (key: StoreKey) => known?.get(key);
  const objects = createObjects(
    { store, clock: realClock, newUid: randomUUID, newSuffix, listed, held },
    (revision) => {
      acknowledged = Math.max(acknowledged, revision);
    },
  );
  const listener = createNatsApiListener(nc, { version, name: settings.name });
  const system = createSystem({
    clock: realClock,
    log,
    random: Math.random,
    transport: natsTransport(nc),
    name: settings.name,
  });
  const manager = serviceManager(process.env, realClock, log);
  const services: Service = (spawn, lists, scheduler) => {
    known = lists;
    const explain: ApiDependencies['explain'] = (question) =>
      scheduler.ask({ type: 'explain', question }, schedulerWithin);
    const reservations: ApiDependencies['reservations'] = {
      reserve: (pod, node) => scheduler.ask({ type: 'reserve', pod, node }, schedulerWithin),
      unreserve: (uid) => void scheduler.tell({ type: 'unreserve', uid }),
    };
    spawn('store-keeper', storeKeeper({ store, prepare: () => bootstrap(objects) }));
    const usage = createDeviceUsage(system, realClock);
    if (metricsPort > 0) {
      const server = createPageServer(metricsAddress, metricsPort, log);
      const ownSeries = (add: Add): void => {
        processSeries(add, 'master', version);
        meter?.series(add);
      };
      spawn('fleet-pages', fleetPages({ server, usage, lists, ownSeries }));
    }
    const about = { meter, clock: realClock, explain, reservations, usage, acknowledged: () => acknowledged };
    spawn('api', apiServer({ listener, objects, store, lists, ...about }), { mailbox: { capacity: 100_000 } });
    log.info({ version, nats: nc.info?.version, server: nc.getServer() }, 'master is ready');
    manager.ready(`serves the cluster at ${nc.getServer()}`);
  };
  system.spawn(
    'master',
    masterBehavior({
      system,
      store,
      objects,
      lock: await createLeaderLock(nc, {
        name: settings.name,
        replicas: settings.replicas,
        clock: realClock,
        log,
      }),
      newId: newSuffix,
      random: Math.random,
      nodeMonitorGrace: settings.nodeMonitorGracePeriod * 1000,
      taintPolicy: parseTaintPolicy(settings.nodeConditionTaints) ?? new Map(),
      meter,
      scheduling: {
        profiles: profilesOf(settings.schedulerProfiles),
        external: new Set(externalNames(settings.externalSchedulers)),
        seed: settings.schedulerSeed,
      },
      controllers: [garbageCollection, namespaceLifecycle],
      services: [services],
    }),
  );
  if (owned !== undefined) tellAddress(settings, owned.url);
  const why = await untilEnded(system.ended, owned?.ended, ended);
  manager.stopping();
  await system.shutdown();
  await nc.close();
  if (why.kind === 'failed') log.error({ error: String(why.error) }, 'the master failed');
  return why.kind === 'failed' ? 1 : 0;
}

async function ownNats(settings: MasterSettings, log: Logger): Promise<NatsProcess> {
  try {
    return await startNats({
      binary: settings.natsBinary,
      host: settings.natsHost,
      port: settings.natsPort,
      dataDir: settings.dataDir,
      clock: realClock,
      log,
    });
  } catch (error) {
    if (!(error instanceof NatsProcessError)) throw error;
    // What is not installed does not come by trying again.
    throw error.code === 'failed' ? new UserError(error.message) : new SettingsError(error.message);
  }
}

/** Refuses an external server that would lose what it acknowledged. */
function checkServer(nc: NatsConnection): void {
  const found = nc.info?.version ?? 'of an unknown version';
  if (!isNewEnough(found)) {
    throw new SettingsError(`the NATS server at ${nc.getServer()} is ${found}: ${oldestNats} or newer is needed`);
  }
  if (nc.info?.jetstream !== true) {
    throw new SettingsError(`the NATS server at ${nc.getServer()} has JetStream switched off: switch it on`);
  }
}

/** The loss of the owned server is the end of this process: its supervisor starts both anew. */
async function untilEnded(
  system: Promise<ExitReason>,
  server: Promise<void> | undefined,
  stopped: Promise<ExitReason>,
): Promise<ExitReason> {
  const lost = server?.then((): ExitReason => ({ kind: 'failed', error: new Error('nats-server has ended') }));
  return await Promise.race([system, stopped, ...(lost === undefined ? [] : [lost])]);
}

/** Where the client on this machine finds the owned server. */
function addressFile(settings: MasterSettings): string {
  return join(settings.runDir, 'server');
}

function tellAddress(settings: MasterSettings, url: string): void {
  mkdirSync(settings.runDir, { recursive: true });
  writeFileSync(addressFile(settings), `${url}\n`);
}
