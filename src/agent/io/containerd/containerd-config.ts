/** Where a containerd of Bramble's own keeps everything, and the text of its configuration and of its CNI network. Pure. */
import { join } from 'node:path';

export type ContainerdOptions = {
  /** Images, snapshots, the network's addresses: kept over restarts. */
  readonly dataDir: string;
  /** Socket, pid file, running containers: on a tmpfs, gone after a reboot. */
  readonly runDir: string;
  /** The CNI network's name, its bridge and its IPv4 range, as `bramble`, `bramble0`, `10.88.0.0/16`. */
  readonly network: { readonly name: string; readonly bridge: string; readonly subnet: string };
  /** Name of the pause image, which must be imported before the first pod. */
  readonly sandboxImage: string;
  /** Where the CNI plugins are. Default /usr/lib/cni, as Debian has them. */
  readonly cniBinDir?: string;
  /** A folder of containerd registry host configurations (`<host>/hosts.toml`). */
  readonly registryConfigDir?: string;
};

export type ContainerdLayout = {
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly pidFile: string;
  readonly cniConfDir: string;
  readonly addresses: string;
};

export function containerdLayout(options: Pick<ContainerdOptions, 'dataDir' | 'runDir'>): ContainerdLayout {
  const { dataDir, runDir } = options;
  return {
    root: join(dataDir, 'root'),
    state: join(runDir, 'state'),
    socket: join(runDir, 'containerd.sock'),
    configFile: join(dataDir, 'config.toml'),
    logFile: join(runDir, 'log', 'containerd.log'),
    pidFile: join(runDir, 'containerd.pid'),
    cniConfDir: join(dataDir, 'cni'),
    addresses: join(dataDir, 'addresses'),
  };
}

/** containerd 1.6's and 1.7's configuration (version 2). `mayLowerOomScore`: whether the process has CAP_SYS_RESOURCE. */
export function containerdToml(options: ContainerdOptions, mayLowerOomScore: boolean): string {
  const layout = containerdLayout(options);
  const text = (value: string) => JSON.stringify(value);
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const registry = options.registryConfigDir;
  return [
    'version = 2',
    `root = ${text(layout.root)}`,
    `state = ${text(layout.state)}`,
    '[grpc]',
    `address = ${text(layout.socket)}`,
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = ${text(join(layout.root, 'opt'))}`,
    `[${cri}]`,
    `sandbox_image = ${text(options.sandboxImage)}`,
    // Without the capability runc cannot start a pause process with a lower score than its own.
    `restrict_oom_score_adj = ${!mayLowerOomScore}`,
    'netns_mounts_under_state_dir = true',
    'stream_server_address = "127.0.0.1"',
    'stream_server_port = "0"',
    `[${cri}.cni]`,
    `bin_dir = ${text(options.cniBinDir ?? '/usr/lib/cni')}`,
    `conf_dir = ${text(layout.cniConfDir)}`,
    `[${cri}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${cri}.containerd.runtimes.runc.options]`,
    `Root = ${text(join(layout.state, 'runc'))}`,
    ...(registry === undefined ? [] : [`[${cri}.registry]`, `config_path = ${text(registry)}`]),
    '',
  ].join('\n');
}

/**
 * A bridge whose address is the pods' gateway, so that pods and the device reach one another; masquerading for the
 * world outside; hairpin mode for a pod that calls itself through its host port.
 */
export function cniConfiguration(options: ContainerdOptions): string {
  const { name, bridge, subnet } = options.network;
  const plugins = [
    {
      type: 'bridge',
      bridge,
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: containerdLayout(options).addresses,
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  return `${JSON.stringify({ cniVersion: '0.4.0', name, plugins }, null, 2)}\n`;
}
