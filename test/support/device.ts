/** A device in memory with its master: the whole agent on a fake runtime, fake files and a fake clock. */

import { agentBehavior } from '../../src/agent/actors/agent.ts';
import type { AgentDeps } from '../../src/agent/actors/agent-deps.ts';
import { staticPod } from '../../src/agent/core/sources/static-pod.ts';
import { FakeClock } from '../../src/common/actor/fake-clock.ts';
import { pause } from '../../src/common/actor/pause.ts';
import { silentLogger } from '../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../src/common/actor/system.ts';
import { readDocuments } from '../../src/common/manifest/documents.ts';
import { FakeCgroups } from './fake-cgroups.ts';
import { FakeChecks } from './fake-checks.ts';
import { FakeCri } from './fake-cri.ts';
import { FakeCheckpoint, fakeHost } from './fake-host.ts';
import { FakeImageFs, gcLimits } from './fake-image-fs.ts';
import { FakeImageServer, FakeImageStore, FakeRegistries } from './fake-images.ts';
import { FakeJournal } from './fake-journal.ts';
import { FakeKeptFile, FakeLocalServer } from './fake-local.ts';
import { FakeLogDiversion } from './fake-log-diversion.ts';
import { FakeLogFiles } from './fake-log-files.ts';
import { FakeLogs } from './fake-logs.ts';
import { FakeManifestDir } from './fake-manifest-dir.ts';
import { FakeNodeMaster } from './fake-node-master.ts';
import { FakePodFiles } from './fake-pod-files.ts';
import { FakeBallast, FakePressureSignals, rulesFor } from './fake-pressure.ts';
import { FakeRuntimeStreams } from './fake-runtime-streams.ts';
import { FakeSensors } from './fake-sensors.ts';
import { FakeStreamServer } from './fake-stream-server.ts';
import { FakeUsage } from './fake-usage.ts';
import { type Death, Life } from './life.ts';

/** `boot` starts the agent on what the device has, with other ports where they are given; `crash` ends it. */
export function createDevice() {
  const clock = new FakeClock();
  const cri = new FakeCri(() => clock.wall());
  cri.addImage('registry.test/app:1');
  cri.pause = (millis) => pause(clock, millis);
  const files = new FakePodFiles();
  const cgroups = new FakeCgroups();
  const pressure = new FakePressureSignals();
  const ballast = new FakeBallast();
  const checks = new FakeChecks(clock);
  const checkpoint = new FakeCheckpoint();
  const journal = new FakeJournal(() => clock.now());
  const master = new FakeNodeMaster();
  const manifests = new FakeManifestDir();
  const localFile = new FakeKeptFile();
  const localServer = new FakeLocalServer();
  const logs = new FakeLogs();
  const registries = new FakeRegistries();
  const imageServer = new FakeImageServer();
  const store = new FakeImageStore();
  const images = { registries, maxPulls: 3, store, server: imageServer, maxBytes: 1e9, sandboxImage: 'pause:1' };
  const logFiles = new FakeLogFiles();
  const clients = new FakeStreamServer();
  const runtimeStreams = new FakeRuntimeStreams();
  const usage = new FakeUsage();
  const sensors = new FakeSensors();
  const keptHealth = new FakeKeptFile();
  const diversion = new FakeLogDiversion(logFiles);
  /** Counters of the kernel. */
  const writes = { agent: 0, total: 0 };
  const imageFs = new FakeImageFs();
  let ids = 0;
  /** `dies` says before or after which call of a port the agent is killed. */
  const boot = async (ports: Partial<AgentDeps> = {}, dies: Death = () => undefined) => {
    const life = new Life(clock, dies);
    const system = createSystem({ clock: life.clock, log: silentLogger, random: () => 0.5 });
    const up = system.spawn('master', master.behavior());
    const ref = system.spawn(
      'agent',
      agentBehavior({
        node: 'pi-7',
        labels: {},
        unsafeSysctls: [],
        cgroups,
        checks: life.port(checks),
        cri: life.port(cri),
        files: life.port(files),
        checkpoint: life.port(checkpoint),
        journal: life.port(journal),
        logs,
        logRotation: { files: logFiles, limits: { maxBytes: 1000, maxFiles: 3, totalBytes: 50_000 } },
        streamServer: clients,
        runtimeStreams,
        images,
        health: { sensors, kept: keptHealth, rules: { quiet: 300_000 }, bestEffortPercent: 20 },
        usage: { usage: life.port(usage), housekeepingInterval: 10_000 },
        logStorms: { diversion: life.port(diversion), rate: { bytesPerSecond: 1000, burstBytes: 10_000 } },
        writeMeter: { read: async () => writes },
        gc: { imageFs, limits: gcLimits },
        metrics: { uplink: { send: async () => true }, interval: 0 },
        host: fakeHost,
        master: up,
        manifestDir: manifests,
        localPods: localFile,
        localServer,
        readDocuments: async (...manifest) => readDocuments(...manifest),
        makeStaticPod: async (...pod) => staticPod(...pod),
        eviction: { rules: rulesFor(), signals: pressure, ballast },
        random: () => 0.5,
        newId: () => `id-${++ids}`,
        ...ports,
      }),
    );
    await clock.settle();
    return {
      /** Ends it as SIGKILL does: nothing that it began goes on. */
      kill: () => life.end(),
      killed: () => life.ended,
      poke: async () => {
        ref.tell({ type: 'poke' });
        await clock.settle();
      },
      crash: async () => {
        const ended = system.shutdown();
        await clock.settle();
        await ended;
      },
    };
  };
  return {
    ...{
      clock,
      cgroups,
      checks,
      cri,
      files,
      checkpoint,
      pressure,
      ballast,
      journal,
      manifests,
      logs,
      logFiles,
      clients,
      runtimeStreams,
      master,
      usage,
      sensors,
      keptHealth,
      boot,
    },
    ...{ registries, imageServer, imageFs, diversion, writes, store, localFile, localServer },
  };
}
