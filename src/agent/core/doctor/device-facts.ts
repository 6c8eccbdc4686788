/** What the doctor looks at: facts of one device, gathered without judging. What could not be read is undefined. */

import type { Millis } from '../../../common/lib/time.ts';

export type TextFile = { readonly path: string; readonly text: string };

/** `unknown`: nothing on the device tells. */
export type ModuleState = 'loaded' | 'builtin' | 'loadable' | 'missing' | 'unknown';

export type KernelFacts = {
  readonly release: string;
  /** What the kernel that runs was started with. */
  readonly commandLine: string;
  readonly cpuInfo: string;
  readonly pageSizeBytes: number | undefined;
  readonly memoryCgroup: boolean | undefined;
  readonly swapAccounting: boolean | undefined;
  /** There is swap in use. */
  readonly swap: boolean;
  readonly rootReadOnly: boolean;
  /** Releases below /lib/modules. */
  readonly installed: readonly string[];
};

export type DiskFacts = {
  readonly path: string;
  readonly availableBytes: number;
  readonly sizeBytes: number;
  readonly inodesFreeRatio: number;
};

export type CniFacts = {
  readonly binDir: string;
  readonly plugins: readonly string[];
  /** Undefined where the agent writes the configuration of its own runtime. */
  readonly confDir: string | undefined;
  readonly networks: readonly string[];
};

/** How the runtime answered. */
export type RuntimeFacts = {
  readonly endpoint: string;
  readonly answer:
    | { readonly is: 'ready'; readonly version: string }
    | { readonly is: 'no-socket' }
    | { readonly is: 'nobody-listens' }
    | { readonly is: 'no-permission' }
    | { readonly is: 'not-cri-v1'; readonly words: string }
    | { readonly is: 'no-answer' }
    | { readonly is: 'not-ready'; readonly words: string }
    | { readonly is: 'not-installed' };
};

/** How far the way to one NATS server leads. */
export type NatsAnswer =
  | { readonly is: 'connected'; readonly version: string }
  | { readonly is: 'unknown-name'; readonly words: string }
  | { readonly is: 'no-route' | 'refused' | 'silent' | 'no-nats' }
  | { readonly is: 'tls-unknown' | 'tls-expired' | 'tls-early' | 'tls-name' | 'tls-failed'; readonly words: string }
  | { readonly is: 'creds-unreadable' | 'creds-expired' | 'creds-refused' | 'login-failed'; readonly words: string };
export type NatsFacts = { readonly server: string; readonly answer: NatsAnswer };

/** Another Node of the cluster. */
export type OtherNode = { readonly name: string; readonly machineID: string };

export type DeviceFacts = {
  readonly node: string;
  /** Undefined for a card that is looked at elsewhere: nothing of it runs. */
  readonly kernel: KernelFacts | undefined;
  /** What the firmware starts the kernel with. */
  readonly cmdline: TextFile | undefined;
  readonly machineId: string | undefined;
  readonly now: Millis;
  /** A time that has certainly passed. */
  readonly past: Millis;
  readonly disk: DiskFacts | undefined;
  readonly modules: Readonly<Record<string, ModuleState>>;
  /** Modules that are loaded at boot by configuration. */
  readonly modulesAtBoot: readonly string[];
  readonly sysctls: Readonly<
    Record<string, { readonly value: string | undefined; readonly atBoot: string | undefined }>
  >;
  /** The files that `--fix` writes, as they are. */
  readonly own: { readonly modules: string | undefined; readonly sysctls: string | undefined };
  readonly cni: CniFacts;
  readonly runtime: RuntimeFacts | undefined;
  readonly nats: readonly NatsFacts[];
  /** The longest that logind lets a shutdown wait; undefined where it does not say. */
  readonly inhibitDelaySeconds: number | undefined;
  readonly shutdownGraceSeconds: number;
  /** The Nodes that the master knows; undefined when it could not be asked. */
  readonly nodes: readonly OtherNode[] | undefined;
};

/** Where `--fix` puts what is to be loaded and set at boot. */
export const OWN_MODULES = '/etc/modules-load.d/bramble.conf';
export const OWN_SYSCTLS = '/etc/sysctl.d/60-bramble.conf';

/** Modules without which no pod gets a file system or a network; of those on one line each one will do. */
export const NEEDED_MODULES: readonly (readonly string[])[] = [
  ['overlay'],
  ['bridge'],
  ['veth'],
  ['br_netfilter'],
  ['nf_conntrack'],
  ['nf_nat'],
  ['iptable_nat', 'nf_tables'],
  ['xt_MASQUERADE', 'ipt_MASQUERADE'],
  ['xt_comment'],
];
/** Those of them that nothing loads by itself when they are needed. */
export const LOADED_MODULES: readonly string[] = ['overlay', 'br_netfilter'];

/** Kernel parameters by which pods reach one another and the world. */
export const NEEDED_SYSCTLS: readonly string[] = ['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables'];

/** A module that may stay unloaded, of which one parameter is. */
export const BRIDGE_SYSCTL = 'net.bridge.bridge-nf-call-iptables';
