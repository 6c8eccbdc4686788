/** Checks of the kernel and of what the firmware starts it with. */

import { BRIDGE_SYSCTL, type DeviceFacts, LOADED_MODULES, NEEDED_MODULES, NEEDED_SYSCTLS } from './device-facts.ts';
import { type Finding, finding } from './finding.ts';
import { withMemoryCgroup, withSwapAccounting } from './kernel-command-line.ts';

type Check = (facts: DeviceFacts) => Finding | undefined;

const PAGE_SIZE = 4096;

function armv6({ kernel }: DeviceFacts): Finding | undefined {
  if (kernel === undefined || !/ARMv6|\(v6l\)/.test(kernel.cpuInfo)) return undefined;
  return finding('cpu-armv6', {
    summary: 'This processor is an ARMv6.',
    explanation: 'Neither Node.js 20 nor most images are made for it: images for arm/v7 or arm64 end at once.',
    action: 'Use a Raspberry Pi 2 (v1.2), 3, 4, 5, Zero 2 W or newer, best with a 64-bit system.',
  });
}

/** What is to be written is there, but the kernel that runs was started without it. */
function rebootFor(what: string, path: string): Finding {
  return finding('reboot-needed', {
    summary: `${what} is switched on in ${path}, but not in the kernel that runs.`,
    explanation: 'The kernel reads its command line once, at boot.',
    action: `Reboot. If you have since: another file than ${path} is the one that the firmware reads.`,
  });
}

function memoryCgroup({ kernel, cmdline }: DeviceFacts): Finding | undefined {
  if (kernel?.memoryCgroup === true) return undefined;
  const mended = cmdline !== undefined && withMemoryCgroup(cmdline.text) === cmdline.text;
  if (kernel === undefined ? cmdline === undefined || mended : kernel.memoryCgroup === undefined) return undefined;
  if (cmdline !== undefined && mended) return rebootFor('The memory cgroup', cmdline.path);
  const where = cmdline?.path ?? "the kernel's command line";
  const words = {
    summary: "The kernel's memory cgroup is off.",
    explanation:
      'Memory limits of pods are not enforced, and what a pod uses can not be told: one pod can take it all.',
    action: `Append cgroup_enable=memory cgroup_memory=1 to the one line of ${where}, then reboot.`,
  };
  return finding('memory-cgroup', words, { fixable: cmdline !== undefined });
}

function swapAccounting({ kernel, cmdline }: DeviceFacts): Finding | undefined {
  if (kernel?.memoryCgroup !== true || kernel.swapAccounting !== false) return undefined;
  const mended = cmdline !== undefined && withSwapAccounting(cmdline.text) === cmdline.text;
  if (mended) return kernel.swap ? rebootFor('Accounting of swap', cmdline.path) : undefined;
  const words = {
    summary: 'The kernel does not account for swap.',
    explanation: kernel.swap
      ? 'A pod at its memory limit goes on into the swap, which wears the card, and its use of it can not be told.'
      : 'There is no swap now; with one, pods would go past their memory limits into it.',
    action: `Append swapaccount=1 to the one line of ${cmdline?.path ?? "the kernel's command line"}, then reboot.`,
  };
  const severity = kernel.swap ? 'warning' : 'info';
  return finding('swap-accounting', words, { fixable: cmdline !== undefined, severity });
}

function pageSize({ kernel }: DeviceFacts): Finding | undefined {
  if (kernel?.pageSizeBytes === undefined || kernel.pageSizeBytes === PAGE_SIZE) return undefined;
  return finding('page-size', {
    summary: `The kernel's pages are of ${kernel.pageSizeBytes / 1024} KiB.`,
    explanation:
      'Programs built for pages of 4 KiB end at once or waste memory: those with jemalloc (Redis, MongoDB, some of Rust), ' +
      '32-bit programs, and some of Go and Wine.',
    action: 'On a Pi 5, put the line kernel=kernel8.img into config.txt beside cmdline.txt, then reboot.',
  });
}

function cmdlineLines({ cmdline }: DeviceFacts): Finding | undefined {
  if (cmdline === undefined || cmdline.text.trim().split('\n').length < 2) return undefined;
  return finding('cmdline-lines', {
    summary: `${cmdline.path} has more than one line.`,
    explanation: 'The firmware reads the first line only: what stands in the others has no effect.',
    action: 'Write all of it into the first line, with spaces between.',
  });
}

const isThere = (state: string | undefined): boolean => state !== 'missing';

/** After an upgrade without a reboot the modules of the kernel that runs are gone from the disk. */
function modulesGone({ kernel, modules }: DeviceFacts): Finding | undefined {
  if (kernel === undefined || kernel.installed.length === 0 || kernel.installed.includes(kernel.release))
    return undefined;
  if (!Object.values(modules).includes('missing')) return undefined;
  return finding('kernel-modules-gone', {
    summary: `The modules of the kernel that runs, ${kernel.release}, are not on the disk.`,
    explanation: `No module can be loaded any more. On the disk are those of ${kernel.installed.join(', ')}.`,
    action: 'Reboot into the kernel that was installed.',
  });
}

function modulesMissing(facts: DeviceFacts): Finding | undefined {
  const missing = NEEDED_MODULES.filter((names) => !names.some((name) => isThere(facts.modules[name])));
  if (missing.length === 0 || modulesGone(facts) !== undefined) return undefined;
  return finding('kernel-modules', {
    summary: `The kernel lacks ${missing.map((names) => names.join(' or ')).join(', ')}.`,
    explanation: 'They are neither built in nor on the disk; pods get no file system or no network without them.',
    action: "Use the system's own kernel with all its modules (package linux-image-rpi-v8 or linux-image-arm64).",
  });
}

/** Modules that have to be loaded now, or at boot. */
export function unloadedModules({ kernel, modules, modulesAtBoot }: DeviceFacts): readonly string[] {
  return LOADED_MODULES.filter((name) =>
    kernel === undefined ? modules[name] !== 'builtin' && !modulesAtBoot.includes(name) : modules[name] === 'loadable',
  );
}

function modulesUnloaded(facts: DeviceFacts): Finding | undefined {
  const names = unloadedModules(facts);
  if (names.length === 0) return undefined;
  const words = {
    summary: `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not loaded.`,
    explanation:
      'Nothing loads them by itself: without overlay no image is unpacked, without br_netfilter packets between pods of one bridge pass by its rules.',
    action: `modprobe ${names.join(' ')}, and name ${names.length === 1 ? 'it' : 'them'} in a file of /etc/modules-load.d.`,
  };
  return finding('kernel-modules-unloaded', words, { fixable: true });
}

/** Parameters that are not 1; of one whose module is not loaded counts what is set at boot. */
export function unsetSysctls({ kernel, sysctls, modules }: DeviceFacts): readonly string[] {
  return NEEDED_SYSCTLS.filter((name) => {
    const { value, atBoot } = sysctls[name] ?? { value: undefined, atBoot: undefined };
    if (value !== undefined) return value !== '1';
    if (name === BRIDGE_SYSCTL && !['loaded', 'builtin', 'loadable'].includes(modules['br_netfilter'] ?? ''))
      return false;
    return (kernel === undefined || name === BRIDGE_SYSCTL) && atBoot !== '1';
  });
}

function sysctls(facts: DeviceFacts): Finding | undefined {
  const names = unsetSysctls(facts);
  if (names.length === 0) return undefined;
  const words = {
    summary: `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not 1.`,
    explanation: 'Packets of pods are not forwarded, or pass by the rules of the firewall.',
    action: `Write ${names.map((name) => `${name} = 1`).join(' and ')} into a file of /etc/sysctl.d, then sysctl --system.`,
  };
  return finding('sysctls', words, { fixable: true });
}

function readOnly({ kernel }: DeviceFacts): Finding | undefined {
  if (!kernel?.rootReadOnly) return undefined;
  return finding('root-read-only', {
    summary: 'The root file system is read-only.',
    explanation:
      'Nothing can be kept. A card at the end of its life is mounted so; so is one after an error of the disk.',
    action: 'See dmesg for errors of mmcblk or ext4; check the disk (fsck), and replace a worn card.',
  });
}

export const kernelChecks: readonly Check[] = [
  armv6,
  memoryCgroup,
  swapAccounting,
  pageSize,
  cmdlineLines,
  modulesGone,
  modulesMissing,
  modulesUnloaded,
  sysctls,
  readOnly,
];
export type { Check };
