/**
 * A container runtime in memory: sandboxes and containers that take their time to start and run until they are stopped, as
 * those of a real device. Every image exists but those that are named `none`. It lives on when its agent crashes, as containerd does.
 */

import {
  type ContainerConfig,
  type Cri,
  CriError,
  type ExecResult,
  type Image,
  type Labels,
  type RuntimeContainer,
  type RuntimeContainerStatus,
  type RuntimeEvent,
  type Sandbox,
  type SandboxConfig,
  type SandboxStatus,
} from '../../agent/ports/cri.ts';
import { pause } from '../../common/actor/pause.ts';
import type { Clock, Millis } from '../../common/actor/types.ts';
import type { Lived } from '../core/lives.ts';

/** Told of each container that begins or ends to run, at that instant. */
export type OnLife = (life: Omit<Lived, 'node'>) => void;
/** How long the slow calls take. */
export type Pace = { readonly sandbox: Millis; readonly start: Millis; readonly stop: Millis; readonly pull: Millis };

/** As containerd on a Raspberry Pi 4 with its image there. */
export const usualPace: Pace = { sandbox: 180, start: 60, stop: 40, pull: 800 };

const NO_PROCESS: ExecResult = { exitCode: 0, stdout: '', stderr: '' };
const SIZE = 20_000_000;
const INODES = 1_000;
const NONE = /(^|\/)none([:@]|$)/;

export class SimCri implements Cri {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #onLife: OnLife;
  readonly #sandboxes = new Map<string, SandboxStatus>();
  readonly #containers = new Map<string, RuntimeContainerStatus>();
  readonly #images = new Map<string, Image>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  #ids = 0;

  constructor(clock: Clock, pace: Pace, onLife: OnLife = () => {}) {
    this.#clock = clock;
    this.#pace = pace;
    this.#onLife = onLife;
  }

  /** Containers that run, with the pod that each is of; a pod's container that runs twice is here twice. */
  running(): readonly { readonly uid: string; readonly container: string }[] {
    return Array.from(this.#containers.values()).flatMap(({ state, sandboxId, name }) => {
      const uid = this.#sandboxes.get(sandboxId)?.uid;
      return state === 'running' && uid !== undefined ? [{ uid, container: name }] : [];
    });
  }

  imageFs = async () => ({
    mountpoint: '/var/lib/simulated/images',
    usedBytes: this.#images.size * SIZE,
    inodesUsed: this.#images.size * INODES,
  });
  writableLayers = async () => new Map();
  version = async () => ({ runtimeName: 'simulated', runtimeVersion: '1.0' });
  status = async () => ({ runtimeReady: true, networkReady: true, message: '' });
  cgroupDriver = async () => 'cgroupfs' as const;

  async runSandbox(config: SandboxConfig): Promise<string> {
    const { name, namespace, uid, attempt, labels, annotations, namespaces } = config;
    await pause(this.#clock, this.#pace.sandbox);
    for (const box of this.#sandboxes.values()) {
      if (box.uid === uid && box.attempt === attempt) throw new CriError('failed', `sandbox ${name} is reserved`);
    }
    const hostNetwork = namespaces.network === 'NODE';
    const id = this.#id();
    const ips = hostNetwork ? [] : [`10.85.${(this.#ids >> 8) & 255}.${this.#ids & 255}`];
    const createdAt = this.#clock.wall();
    const box = { id, name, namespace, uid, attempt, labels, annotations, hostNetwork, ips, createdAt, ready: true };
    this.#sandboxes.set(id, box);
    return id;
  }

  async stopSandbox(id: string): Promise<void> {
    const box = this.#sandboxes.get(id);
    if (box === undefined) return;
    for (const container of this.#inside(id)) this.#end(container.id, 137);
    this.#sandboxes.set(id, { ...box, ready: false, ips: [] });
  }

  async removeSandbox(id: string): Promise<void> {
    for (const container of this.#inside(id)) await this.removeContainer(container.id);
    this.#sandboxes.delete(id);
  }

  async listSandboxes(filter?: { readonly labels?: Labels }): Promise<readonly Sandbox[]> {
    return Array.from(this.#sandboxes.values()).filter(({ labels }) => matches(labels, filter?.labels));
  }

  async sandboxStatus(id: string): Promise<SandboxStatus> {
    return found(this.#sandboxes.get(id), `sandbox ${id}`);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    if (!(await this.sandboxStatus(sandboxId)).ready)
      throw new CriError('failed', `sandbox ${sandboxId} is not running`);
    const { name, attempt, labels, annotations, logPath } = config;
    const image = found(await this.imageStatus(config.image), `image ${config.image}`);
    for (const other of this.#inside(sandboxId)) {
      if (other.name === name && other.attempt === attempt) throw new CriError('failed', `${name} is reserved`);
    }
    const id = this.#id();
    this.#containers.set(id, {
      ...{ id, sandboxId, name, attempt, labels, annotations, logPath, state: 'created' },
      ...{ image: image.tags[0] ?? image.id, imageRef: image.id, createdAt: this.#clock.wall() },
      ...{ startedAt: 0, finishedAt: 0, exitCode: 0, reason: '', message: '' },
    });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    await pause(this.#clock, this.#pace.start);
    const container = await this.containerStatus(id);
    if (container.state !== 'created') throw new CriError('failed', `container ${id} is ${container.state}`);
    this.#containers.set(id, { ...container, state: 'running', startedAt: this.#clock.wall() });
    const uid = this.#sandboxes.get(container.sandboxId)?.uid;
    if (uid !== undefined) this.#onLife({ began: true, uid, container: container.name, id });
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await pause(this.#clock, Math.min(this.#pace.stop, graceSeconds * 1000));
    this.#end(id, 143);
  }

  async removeContainer(id: string): Promise<void> {
    this.#end(id, 137);
    this.#containers.delete(id);
  }

  async listContainers(filter?: { readonly labels?: Labels; readonly sandboxId?: string }) {
    return Array.from(this.#containers.values()).filter(
      ({ labels, sandboxId }): boolean =>
        matches(labels, filter?.labels) && (filter?.sandboxId === undefined || filter.sandboxId === sandboxId),
    ) as readonly RuntimeContainer[];
  }

  async containerStatus(id: string): Promise<RuntimeContainerStatus> {
    return found(this.#containers.get(id), `container ${id}`);
  }

  async containerPid(): Promise<undefined> {
    return undefined;
  }

  async updateResources(id: string): Promise<void> {
    await this.containerStatus(id);
  }

  exec = async (id: string) => `http://simulated.invalid/exec/${this.#running(id).id}`;
  attach = async (id: string) => `http://simulated.invalid/attach/${this.#running(id).id}`;

  async portForward(id: string): Promise<string> {
    if (!(await this.sandboxStatus(id)).ready) throw new CriError('failed', `sandbox ${id} is not running`);
    return `http://simulated.invalid/portforward/${id}`;
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.#running(id);
  }

  async execSync(id: string): Promise<ExecResult> {
    this.#running(id);
    return NO_PROCESS;
  }

  async pullImage(reference: string): Promise<string> {
    await pause(this.#clock, this.#pace.pull);
    const known = this.#images.get(reference);
    if (known !== undefined) return known.id;
    if (NONE.test(reference)) throw new CriError('not-found', `failed to resolve reference "${reference}": not found`);
    const id = `sha256:${Buffer.from(reference).toString('hex')}`;
    this.#images.set(reference, { id, tags: [reference], digests: [], sizeBytes: SIZE, pinned: false, uid: 0 });
    return id;
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    for (const image of this.#images.values()) {
      if (image.id === reference || image.tags.includes(reference)) return image;
    }
    return undefined;
  }

  listImages = async () => Array.from(this.#images.values());

  async removeImage(id: string): Promise<void> {
    for (const [reference, image] of this.#images) if (image.id === id) this.#images.delete(reference);
  }

  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const waiting: RuntimeEvent[] = [];
    let wake = (): void => {};
    const listener = (event: RuntimeEvent): void => {
      waiting.push(event);
      wake();
    };
    const aborted = (): void => wake();
    signal.addEventListener('abort', aborted, { once: true });
    this.#listeners.add(listener);
    try {
      while (!signal.aborted) {
        yield* waiting.splice(0);
        if (waiting.length > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', aborted);
    }
  }

  close(): void {}

  #end(id: string, exitCode: number): void {
    const container = this.#containers.get(id);
    if (container?.state !== 'running') return;
    const ended = { state: 'exited', exitCode, reason: 'Error', finishedAt: this.#clock.wall() } as const;
    this.#containers.set(id, { ...container, ...ended });
    const podUid = this.#sandboxes.get(container.sandboxId)?.uid;
    if (podUid !== undefined) this.#onLife({ began: false, uid: podUid, container: container.name, id });
    const event = { type: 'stopped', containerId: id, ...(podUid === undefined ? {} : { podUid }) } as const;
    for (const listener of this.#listeners) listener(event);
  }

  #inside(sandboxId: string): readonly RuntimeContainerStatus[] {
    return Array.from(this.#containers.values()).filter((container) => container.sandboxId === sandboxId);
  }

  #id(): string {
    this.#ids += 1;
    return `sim-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  #running(id: string): RuntimeContainerStatus {
    const container = found(this.#containers.get(id), `container ${id}`);
    if (container.state !== 'running') throw new CriError('failed', `container ${id} is ${container.state}`);
    return container;
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new CriError('not-found', `${what} not found`);
  return value;
}

function matches(labels: Labels, wanted: Labels = {}): boolean {
  for (const key in wanted) if (labels[key] !== wanted[key]) return false;
  return true;
}
