/**
 * A container runtime in memory that behaves as containerd does over CRI: one sandbox per name, uid and attempt, stopping is
 * idempotent, removing a sandbox removes what is in it. Failures are scripted per call; processes end when a test says so.
 */

import {
  type ContainerConfig,
  type Cri,
  CriError,
  type ExecResult,
  type FilesystemUse,
  type Image,
  type Labels,
  type LinuxResources,
  type RegistryAuth,
  type RuntimeContainerStatus,
  type RuntimeEvent,
  type SandboxConfig,
  type SandboxStatus,
  type WantedStreams,
} from '../../src/agent/ports/cri.ts';

type Method = Exclude<keyof Cri, 'close' | 'events'>;
type Box = SandboxStatus & { readonly config: SandboxConfig };
type Running = RuntimeContainerStatus & { readonly config: ContainerConfig };

export class FakeCri implements Cri {
  readonly sandboxes = new Map<string, Box>();
  readonly containers = new Map<string, Running>();
  readonly images = new Map<string, Image>();
  /** What a registry would give: by reference. */
  readonly registry = new Map<string, Image>();
  /** Every call in order, for counting round trips. */
  readonly calls: Method[] = [];
  /** Answers with an error to have a call fail, before it has any effect. */
  failing: (method: Method, subject: string) => CriError | undefined = () => undefined;
  /** Answers with an error to have a call fail after it has had its effect, as a timeout does. */
  losing: (method: Method, subject: string) => CriError | undefined = () => undefined;
  /** Exit code of a process that ends as soon as it has started; undefined: it runs until it is stopped. */
  exits: (config: ContainerConfig) => number | undefined = () => undefined;
  /** What a command in a running container gives. */
  execs: (config: ContainerConfig, command: readonly string[]) => ExecResult | Promise<ExecResult> = () => ({
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
  /** What the registry says to a pull: it throws a CriError, or lets it wait. */
  pulling: (reference: string, auth: RegistryAuth | undefined) => void | Promise<void> = () => {};
  /** How many milliseconds a process takes to end once it was asked to. */
  ending: (config: ContainerConfig) => number = () => 0;
  /** Waits in the test's time, for what takes some. */
  pause: (millis: number) => Promise<void> = async () => {};
  /** What was asked to end, in order. */
  readonly stops: { readonly name: string; readonly graceSeconds: number }[] = [];
  readonly resized: { readonly name: string; readonly resources: LinuxResources }[] = [];
  ready: { runtimeReady: boolean; networkReady: boolean; message: string } = {
    runtimeReady: true,
    networkReady: true,
    message: '',
  };
  /** Where the streams of a call are served: a test names its own server. */
  streamUrl: (method: 'exec' | 'attach' | 'portForward', id: string, args: readonly string[]) => string = (
    method,
    id,
  ) => `http://127.0.0.1:1/${method}/${id}`;
  readonly #now: () => number;
  #ids = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  addImage(reference: string, where: 'device' | 'registry' = 'device'): void {
    const image: Image = {
      id: `sha256:${Buffer.from(reference).toString('hex')}`,
      tags: [reference],
      digests: [],
      sizeBytes: 1000,
      pinned: false,
      uid: 0,
    };
    (where === 'device' ? this.images : this.registry).set(reference, image);
  }

  /** Ends a container's process. */
  exit(id: string, exitCode: number): void {
    const container = this.#container(id);
    if (container.state !== 'running') return;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    this.containers.set(id, { ...container, state: 'exited', exitCode, reason, finishedAt: this.#now() });
  }

  /** The sandbox's own process is gone. */
  loseSandbox(id: string): void {
    this.sandboxes.set(id, { ...this.#sandbox(id), ready: false, ips: [] });
  }

  running(): readonly Running[] {
    return [...this.containers.values()].filter(({ state }) => state === 'running');
  }

  version = () => this.#call('version', '', () => ({ runtimeName: 'fake', runtimeVersion: '1.0' }));
  status = () => this.#call('status', '', () => this.ready);
  cgroupDriver = () => this.#call('cgroupDriver', '', () => 'cgroupfs' as const);

  runSandbox = (config: SandboxConfig) =>
    this.#call('runSandbox', config.name, () => {
      const same = ({ uid, attempt }: Box) => uid === config.uid && attempt === config.attempt;
      if ([...this.sandboxes.values()].some(same)) throw new CriError('failed', `sandbox ${config.name} is reserved`);
      const { name, namespace, uid, attempt, labels, annotations } = config;
      const hostNetwork = config.namespaces.network === 'NODE';
      const id = this.#id('sandbox');
      const ips = hostNetwork ? [] : [`10.85.0.${this.sandboxes.size + 2}`];
      const createdAt = this.#now();
      this.sandboxes.set(id, {
        ...{ id, name, namespace, uid, attempt, labels, annotations, hostNetwork, ips, createdAt },
        ready: true,
        config,
      });
      return id;
    });

  stopSandbox = (id: string) =>
    this.#call('stopSandbox', id, () => {
      if (!this.sandboxes.has(id)) return;
      for (const container of this.#inside(id)) this.exit(container.id, 137);
      this.loseSandbox(id);
    });

  removeSandbox = (id: string) =>
    this.#call('removeSandbox', id, () => {
      for (const container of this.#inside(id)) this.containers.delete(container.id);
      this.sandboxes.delete(id);
    });

  listSandboxes = (filter?: { readonly labels?: Labels }) =>
    this.#call('listSandboxes', '', () =>
      [...this.sandboxes.values()].filter((box) => matches(box.labels, filter?.labels)),
    );

  sandboxStatus = (id: string) => this.#call('sandboxStatus', id, () => this.#sandbox(id));

  createContainer = (sandboxId: string, config: ContainerConfig) =>
    this.#call('createContainer', config.name, () => {
      if (!this.#sandbox(sandboxId).ready) throw new CriError('failed', `sandbox ${sandboxId} is not running`);
      const image = [...this.images.values()].find(
        ({ id, tags }) => id === config.image || tags.includes(config.image),
      );
      if (image === undefined) throw new CriError('not-found', `image ${config.image} not found`);
      const same = ({ name, attempt }: Running) => name === config.name && attempt === config.attempt;
      if (this.#inside(sandboxId).some(same)) throw new CriError('failed', `container ${config.name} is reserved`);
      const id = this.#id('container');
      const { name, attempt, labels, annotations, logPath } = config;
      this.containers.set(id, {
        ...{ id, sandboxId, name, attempt, labels, annotations, logPath, config },
        ...{ image: image.tags[0] ?? image.id, imageRef: image.id, state: 'created' as const },
        ...{ createdAt: this.#now(), startedAt: 0, finishedAt: 0, exitCode: 0, reason: '', message: '' },
      });
      return id;
    });

  startContainer = (id: string) =>
    this.#call('startContainer', this.containers.get(id)?.name ?? id, () => {
      const container = this.#container(id);
      if (container.state !== 'created') throw new CriError('failed', `container ${id} is ${container.state}`);
      this.containers.set(id, { ...container, state: 'running', startedAt: this.#now() });
      const code = this.exits(container.config);
      if (code !== undefined) this.exit(id, code);
    });

  stopContainer = (id: string, graceSeconds: number) =>
    this.#call('stopContainer', id, async () => {
      const container = this.containers.get(id);
      if (container === undefined) return;
      this.stops.push({ name: container.name, graceSeconds });
      const takes = this.ending(container.config);
      if (takes > 0) await this.pause(Math.min(takes, graceSeconds * 1000));
      if (this.containers.has(id)) this.exit(id, takes <= graceSeconds * 1000 ? 143 : 137);
    });

  removeContainer = (id: string) =>
    this.#call('removeContainer', id, () => {
      this.containers.delete(id);
    });

  listContainers = (filter?: { readonly labels?: Labels; readonly sandboxId?: string }) =>
    this.#call('listContainers', '', () =>
      [...this.containers.values()].filter(
        ({ labels, sandboxId }) =>
          matches(labels, filter?.labels) && (filter?.sandboxId === undefined || filter.sandboxId === sandboxId),
      ),
    );

  containerStatus = (id: string) => this.#call('containerStatus', id, () => this.#container(id));
  /** A number that stands for the container. */
  containerPid = (id: string) =>
    this.#call('containerPid', id, () =>
      this.#container(id).state === 'running' ? 1000 + Number(id.split('-')[1]) : undefined,
    );
  updateResources = (id: string, resources: LinuxResources) =>
    this.#call('updateResources', id, () => {
      this.resized.push({ name: this.#container(id).name, resources });
    });

  exec = (id: string, command: readonly string[], _wanted: WantedStreams) =>
    this.#call('exec', id, () => {
      this.#running(id);
      return this.streamUrl('exec', id, command);
    });
  attach = (id: string, _wanted: WantedStreams) =>
    this.#call('attach', id, () => {
      this.#running(id);
      return this.streamUrl('attach', id, []);
    });
  portForward = (id: string, port: number) =>
    this.#call('portForward', id, () => {
      if (!this.#sandbox(id).ready) throw new CriError('failed', `sandbox ${id} is not running`);
      return this.streamUrl('portForward', id, [String(port)]);
    });
  reopenContainerLog = (id: string) => this.#call('reopenContainerLog', id, () => void this.#running(id));

  execSync = (id: string, command: readonly string[], _timeoutSeconds: number) =>
    this.#call('execSync', id, () => {
      const { config } = this.#running(id);
      return this.execs(config, command);
    });

  pullImage = (reference: string, auth?: RegistryAuth, signal?: AbortSignal) =>
    this.#call('pullImage', reference, async () => {
      await Promise.race([this.pulling(reference, auth), aborted(signal)]);
      const image = this.registry.get(reference) ?? this.images.get(reference);
      if (image === undefined) throw new CriError('not-found', `failed to resolve reference "${reference}": not found`);
      this.images.set(reference, image);
      return image.id;
    });

  imageStatus = (reference: string) =>
    this.#call('imageStatus', reference, () =>
      [...this.images.values()].find(({ id, tags }) => id === reference || tags.includes(reference)),
    );

  listImages = () => this.#call('listImages', '', () => [...this.images.values()]);

  removeImage = (id: string) =>
    this.#call('removeImage', id, () => {
      for (const [reference, image] of this.images) if (image.id === id) this.images.delete(reference);
    });

  /** What images take is what a test says. */
  imageBytes = 0;
  imageFs = () =>
    this.#call('imageFs', '', () => ({ mountpoint: '/', usedBytes: this.imageBytes, inodesUsed: this.images.size }));
  /** Of writable layers, by the id of the container. */
  readonly layers = new Map<string, FilesystemUse>();
  writableLayers = () => this.#call('writableLayers', '', () => this.layers);

  // biome-ignore lint/correctness/useYield: as containerd 1.6, this runtime has no events
  async *events(_signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    throw new CriError('unsupported', 'unknown method GetContainerEvents');
  }

  close(): void {}

  async #call<T>(method: Method, subject: string, act: () => T | Promise<T>): Promise<T> {
    this.calls.push(method);
    const failure = this.failing(method, subject);
    if (failure !== undefined) throw failure;
    const result = await act();
    const lost = this.losing(method, subject);
    if (lost !== undefined) throw lost;
    return result;
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}-${this.#ids}`;
  }

  #sandbox(id: string): Box {
    const found = this.sandboxes.get(id);
    if (found === undefined) throw new CriError('not-found', `sandbox ${id} not found`);
    return found;
  }

  #container(id: string): Running {
    const found = this.containers.get(id);
    if (found === undefined) throw new CriError('not-found', `container ${id} not found`);
    return found;
  }

  #running(id: string): Running {
    const container = this.#container(id);
    if (container.state !== 'running') throw new CriError('failed', `container ${id} is in ${container.state} state`);
    return container;
  }

  #inside(sandboxId: string): readonly Running[] {
    return [...this.containers.values()].filter((container) => container.sandboxId === sandboxId);
  }
}

function matches(labels: Labels, wanted: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);
}

/** Never resolves; rejects as a call does that is given up. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void => reject(new CriError('unavailable', 'nobody waits for an answer any more'));
    signal?.addEventListener('abort', give, { once: true });
  });
}
