/** What the runtime is told for a pod with one container, without labels, mounts or limits. */

import type { ContainerConfig, SandboxConfig } from '../../src/agent/ports/cri.ts';

const namespaces = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const;

/** A sandbox with a network of its own. */
export function sandboxConfig(name: string, over: Partial<SandboxConfig> = {}): SandboxConfig {
  return {
    ...{ name, namespace: 'default', uid: `uid-${name}`, attempt: 0, hostname: name, logDirectory: '' },
    ...{ labels: {}, annotations: {}, namespaces },
    ...over,
  };
}

/** A container that runs a shell's script. */
export function shellConfig(image: string, script: string, over: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    ...{ name: 'main', attempt: 0, image, command: ['/bin/sh', '-c', script], args: [], envs: [], mounts: [] },
    ...{ labels: {}, annotations: {}, logPath: '', stdin: false, stdinOnce: false, tty: false, resources: {} },
    security: {
      ...{ privileged: false, addCapabilities: [], dropCapabilities: [], readonlyRootfs: false },
      ...{ noNewPrivileges: false, supplementalGroups: [], namespaces },
    },
    ...over,
  };
}
