/** The boards that simulated devices are, and what of a device they do not have: logs, streams, archives of images. */

import type { AgentDeps } from '../../agent/actors/agent-deps.ts';
import type { Cgroups, PodLimits } from '../../agent/ports/cgroups.ts';
import type { Checks } from '../../agent/ports/checks.ts';
import type { Host } from '../../agent/ports/host.ts';
import { ImageStoreError } from '../../agent/ports/image-store.ts';
import { type RuntimeStreams, RuntimeStreamsError } from '../../agent/ports/runtime-streams.ts';
import { toBytes } from '../../common/lib/quantity.ts';
import type { NodeStatus } from '../../common/model/node.ts';
import { version } from '../../common/process/version.ts';

/** Cores, memory and what is left for pods. */
const BOARDS = [
  { model: 'Raspberry Pi Zero 2 W', memory: '512Mi', allocatable: '416Mi', cpu: '3800m' },
  { model: 'Raspberry Pi 4 Model B', memory: '2Gi', allocatable: '1800Mi', cpu: '3800m' },
  { model: 'Raspberry Pi 4 Model B', memory: '8Gi', allocatable: '7700Mi', cpu: '3800m' },
  { model: 'Raspberry Pi 5', memory: '8Gi', allocatable: '7900Mi', cpu: '3800m' },
  { model: 'Raspberry Pi 5', memory: '16Gi', allocatable: '15800Mi', cpu: '3800m' },
] as const;

const CARD_BYTES = 32 * 2 ** 30;

/** The board of a device of the fleet; `bytes`: its memory. */
export function boardOf(index: number) {
  const board = BOARDS[(index * 7) % BOARDS.length] ?? BOARDS[0];
  return { ...board, bytes: toBytes(board.memory) };
}

/** `index`: which device of the fleet; its board follows from that. */
export function simHost(node: string, index: number, site: string): Host {
  const board = boardOf(index);
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const nodeInfo = {
    ...{ machineID: node, systemUUID: node, bootID: node, kernelVersion: '6.6.31', osImage: 'simulated' },
    ...{ operatingSystem: 'linux', architecture: 'arm64', containerRuntimeVersion: 'simulated://1.0' },
    ...{ kubeletVersion: `bramble-${version}`, kubeProxyVersion: '' },
  };
  const status: NodeStatus = {
    capacity: { cpu: '4', memory: board.memory, pods: '110' },
    allocatable: { cpu: board.cpu, memory: board.allocatable, pods: '110' },
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: node },
    ],
    nodeInfo,
  };
  const labels = {
    'kubernetes.io/hostname': node,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'arm64',
    'topology.kubernetes.io/zone': site,
    'bramble.io/board': board.model.toLowerCase().replaceAll(' ', '-'),
  };
  return {
    describe: async () => ({ status, labels }),
    resolvConf: async () => ({ servers: [], searches: [], options: [] }),
    hostsFile: async () => '127.0.0.1\tlocalhost\n',
    signal: () => {},
  };
}

/** Groups that limit nothing. */
export const simCgroups: Cgroups = {
  facts: { version: 2, memory: true, swap: false, pids: true },
  podPidsLimit: undefined,
  place: async (path: readonly string[], _limits: PodLimits) => `/kubepods/${path.join('/')}`,
  remove: async () => {},
  pods: async () => [],
  limitBestEffort: async () => {},
};

const well = async () => ({ outcome: 'success', output: '' }) as const;
/** Every probe succeeds. */
export const simChecks: Checks = { http: well, tcp: well, grpc: well };

const noStreams: RuntimeStreams = {
  process: async () => {
    throw new RuntimeStreamsError('unreachable', 'a simulated device has no streams');
  },
  forward: async () => {
    throw new RuntimeStreamsError('unreachable', 'a simulated device has no streams');
  },
};
const nothingServed = { serve: () => () => {} };

/** What a simulated device does not have, the same for all of them. */
export const withoutRest = {
  checks: simChecks,
  cgroups: simCgroups,
  unsafeSysctls: [],
  manifestDir: { path: '/etc/bramble/manifests', list: async () => ({ files: [] }), watch: () => () => {} },
  readDocuments: async () => {
    throw new Error('a simulated device has no manifests');
  },
  makeStaticPod: async () => {
    throw new Error('a simulated device has no manifests');
  },
  localServer: { serve: () => () => {}, streams: nothingServed },
  logs: { read: async function* () {} },
  logRotation: {
    files: { list: async () => [], remove: async () => {}, compress: async () => {} },
    limits: { maxBytes: 10_000_000, maxFiles: 5, totalBytes: 1e9 },
  },
  // Nothing is logged, and so nothing is too much.
  logStorms: {
    diversion: {
      sizes: (paths: readonly string[]) => paths.map(() => undefined),
      left: async () => [],
      point: async () => {},
      back: async () => {},
      drain: async () => ({ kept: 0, dropped: 0 }),
      forget: async () => {},
      rename: async () => {},
      exists: async () => false,
      touch: async () => {},
    },
    rate: { bytesPerSecond: 0, burstBytes: 0 },
  },
  metrics: { uplink: { send: async () => true }, interval: 0 },
  // Memory and disks that never run out.
  eviction: {
    rules: { thresholds: [], maxPodGraceSeconds: 0, transitionMillis: 0 },
    signals: { read: async () => ({ levels: {}, separateImages: false }), watch: () => undefined },
    ballast: { keep: async () => true, release: async () => {} },
  },
  writeMeter: { read: async () => ({}) },
  // A card that never fills up.
  gc: {
    imageFs: { room: async () => ({ capacityBytes: CARD_BYTES, availableBytes: CARD_BYTES / 2 }) },
    limits: {
      images: { highPercent: 85, lowPercent: 80, minAge: 120_000, maxAge: 0 },
      dead: { perContainer: 1, total: -1 },
    },
  },
  streamServer: nothingServed,
  runtimeStreams: noStreams,
  images: {
    registries: { reachable: async () => true },
    maxPulls: 3,
    store: {
      check: async () => {
        throw new ImageStoreError('unsupported', 'a simulated device takes no images');
      },
      room: async () => 0,
      have: async () => 0,
      append: async () => 0,
      importArchive: async () => [],
      discard: async () => {},
      untag: async () => {},
      list: async () => [],
    },
    server: nothingServed,
    maxBytes: 0,
    sandboxImage: 'registry.k8s.io/pause:3.10',
  },
} satisfies Partial<AgentDeps>;
