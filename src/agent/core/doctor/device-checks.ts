/** Checks of the device around the kernel: who it is, its clock, its disk, its pods' network and its runtime. */

import { toTimestamp } from '../../../common/lib/time.ts';
import type { RuntimeFacts } from './device-facts.ts';
import { type Finding, finding } from './finding.ts';
import type { Check } from './kernel-checks.ts';

const MIB = 1024 * 1024;
const YEARS_50 = 50 * 365.25 * 86_400_000;

const machineIdMissing: Check = ({ machineId = '' }) => {
  const id = machineId.trim();
  if (/^[0-9a-f]{32}$/.test(id) && !/^(.)\1*$/.test(id)) return undefined;
  const found = id === '' ? 'is missing or empty' : `is ${JSON.stringify(id.slice(0, 40))}, which is none`;
  return finding('machine-id-missing', {
    summary: `The machine-id ${found}.`,
    explanation:
      'Devices are told apart by it, by DHCP servers too. An image for many devices has none until its first boot.',
    action: 'rm -f /etc/machine-id && systemd-machine-id-setup, then reboot.',
  });
};

const machineIdDuplicate: Check = ({ machineId = '', node, nodes = [] }) => {
  const id = machineId.trim();
  const twins = nodes.filter(({ name, machineID }) => name !== node && id !== '' && machineID === id);
  if (twins.length === 0) return undefined;
  return finding('machine-id-duplicate', {
    summary: `The machine-id is also that of ${twins.map(({ name }) => name).join(', ')}.`,
    explanation: 'A card was copied after its first boot: both may get the same address, and their logs mix.',
    action: 'On the copy: rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup, then reboot.',
  });
};

const clock: Check = ({ now, past }) => {
  if (now >= past && now < past + YEARS_50) return undefined;
  return finding('clock-implausible', {
    summary: `The clock says ${toTimestamp(now)}.`,
    explanation:
      'A Pi has no clock that runs without power (a Pi 5 has one with a battery), and no time server has set this one. ' +
      'TLS certificates and credentials count as not valid yet, or as expired.',
    action: 'See timedatectl; let the device reach a time server (UDP port 123), or give it a real-time clock.',
  });
};

const disk: Check = ({ disk: found }) => {
  if (found === undefined || found.sizeBytes === 0) return undefined;
  const { path, availableBytes, sizeBytes, inodesFreeRatio } = found;
  const ratio = Math.min(availableBytes / sizeBytes, inodesFreeRatio);
  if (ratio >= 0.15) return undefined;
  const what =
    inodesFreeRatio < availableBytes / sizeBytes ? 'of its inodes' : `(${Math.floor(availableBytes / MIB)} MiB)`;
  const full = ratio < 0.02;
  return finding(full ? 'disk-full' : 'disk-low', {
    summary: `Of the disk that ${path} is on ${Math.floor(ratio * 100)} % ${what} are free.`,
    explanation: full
      ? 'Nothing can be kept, pulled or logged.'
      : 'Below 15 % images can not be pulled for long, below 10 % pods are evicted.',
    action:
      'Remove what is not needed (journalctl --vacuum-size=50M; apt-get clean; unused images), or use a larger card.',
  });
};

/** The plugins that the configuration of docs/install.md names. */
const PLUGINS = ['bridge', 'host-local', 'loopback', 'portmap'];

const cniPlugins: Check = ({ cni, kernel }) => {
  const missing = PLUGINS.filter((name) => !cni.plugins.includes(name));
  if (missing.length === 0) return undefined;
  const words = {
    summary: `CNI plugins are missing in ${cni.binDir}: ${missing.join(', ')}.`,
    explanation: 'No pod gets a network; each stays in ContainerCreating.',
    action:
      'apt-get install containernetworking-plugins; they are in /usr/lib/cni, which containerd must be told as bin_dir.',
  };
  return finding('cni-plugins', words, kernel === undefined ? { severity: 'warning' } : {});
};

const cniNetwork: Check = ({ cni }) => {
  if (cni.confDir === undefined || cni.networks.length > 0) return undefined;
  return finding('cni-network', {
    summary: `No network of pods is configured in ${cni.confDir}.`,
    explanation: 'The runtime says that its network is not ready, and no pod starts.',
    action: 'Install systemd/containerd/10-bramble.conflist there (docs/install.md); containerd notices it by itself.',
  });
};

const runtime: Check = ({ runtime: asked }) => (asked === undefined ? undefined : runtimeFinding(asked));

function runtimeFinding({ endpoint, answer }: RuntimeFacts): Finding | undefined {
  const explanation = 'Without a runtime that speaks CRI v1 no pod runs.';
  switch (answer.is) {
    case 'ready':
      return undefined;
    case 'no-socket':
      return finding('runtime-missing', {
        summary: `There is no socket ${endpoint}.`,
        explanation,
        action:
          'apt-get install containerd, systemctl enable --now containerd; or set runtimeEndpoint, or ownRuntime: true.',
      });
    case 'not-installed':
      return finding('runtime-missing', {
        summary: 'ownRuntime is set, and containerd is not installed.',
        explanation,
        action: 'apt-get install containerd runc containernetworking-plugins.',
      });
    case 'nobody-listens':
      return finding('runtime-down', {
        summary: `Nobody listens on ${endpoint}.`,
        explanation,
        action: 'systemctl restart containerd; journalctl -u containerd says why it ended.',
      });
    case 'no-permission':
      return finding('runtime-permission', {
        summary: `${endpoint} may not be opened.`,
        explanation: "The runtime's socket is root's.",
        action: 'Run this, and the agent, as root.',
      });
    case 'not-cri-v1':
      return finding('runtime-not-cri-v1', {
        summary: `What answers on ${endpoint} speaks no CRI v1: ${answer.words}.`,
        explanation,
        action:
          'containerd: 1.6 or newer, and no "cri" in disabled_plugins of /etc/containerd/config.toml, as the packages of ' +
          'Docker have it. Docker itself is no CRI runtime.',
      });
    case 'no-answer':
      return finding('runtime-silent', {
        summary: `What listens on ${endpoint} does not answer.`,
        explanation,
        action: 'systemctl restart containerd; a full or failing disk makes it hang: see dmesg.',
      });
    case 'not-ready':
      return finding('runtime-not-ready', {
        summary: `The runtime is not ready: ${answer.words}.`,
        explanation: 'No pod starts until it is.',
        action: 'A network that is not ready has no configuration in /etc/cni/net.d, or a plugin is missing.',
      });
  }
}

export const deviceChecks: readonly Check[] = [
  machineIdMissing,
  machineIdDuplicate,
  clock,
  disk,
  cniPlugins,
  cniNetwork,
  runtime,
];
