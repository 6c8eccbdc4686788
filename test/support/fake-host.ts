/** A device that never changes, and a checkpoint in memory. */

import type { Checkpoint, CheckpointError, Kept } from '../../src/agent/ports/checkpoint.ts';
import type { Host } from '../../src/agent/ports/host.ts';
import type { KubeObject } from '../../src/common/model/meta.ts';

export const fakeHost: Host = {
  describe: async () => ({
    status: {
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      addresses: [{ type: 'InternalIP', address: '192.0.2.7' }],
      nodeInfo: {
        ...{ machineID: '', systemUUID: '', bootID: '', kernelVersion: '', osImage: '', operatingSystem: 'linux' },
        ...{ architecture: 'arm64', containerRuntimeVersion: '', kubeletVersion: '0', kubeProxyVersion: '' },
      },
    },
    labels: { 'kubernetes.io/os': 'linux' },
  }),
  signal: () => {},
  hostsFile: async () => '127.0.0.1\tlocalhost\n192.0.2.7\tpi-7\n',
  resolvConf: async () => ({ servers: ['192.0.2.1'], searches: [], options: [] }),
};

export class FakeCheckpoint implements Checkpoint {
  readonly objects = new Map<string, { readonly digest: string; readonly object: KubeObject }>();
  damage: readonly string[] = [];
  /** What each write rejects with, as on a full disk. */
  failing: CheckpointError | undefined;

  async load(): Promise<Kept> {
    const objects = [...this.objects].map(([key, entry]) => ({ key, ...entry }));
    return { objects, whole: objects.length > 0 && this.damage.length === 0, damage: this.damage };
  }

  async apply(
    set: readonly { readonly key: string; readonly digest: string; readonly object: KubeObject }[],
    removed: readonly string[],
  ): Promise<void> {
    if (this.failing !== undefined) throw this.failing;
    for (const key of removed) this.objects.delete(key);
    for (const { key, digest, object } of set) this.objects.set(key, { digest, object });
  }
}
