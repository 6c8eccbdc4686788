/** What `--fix` would change, as data: files with their content before and after, modules to load, parameters to set. */

import { type DeviceFacts, LOADED_MODULES, NEEDED_SYSCTLS, OWN_MODULES, OWN_SYSCTLS } from './device-facts.ts';
import type { FindingId } from './finding.ts';
import { unloadedModules, unsetSysctls } from './kernel-checks.ts';
import { withMemoryCgroup, withSwapAccounting } from './kernel-command-line.ts';

export type FileChange = {
  readonly path: string;
  /** Undefined for a file that is not there. */
  readonly before: string | undefined;
  readonly after: string;
  /** What was there is kept beside it. */
  readonly backup: boolean;
};
export type Repairs = {
  readonly files: readonly FileChange[];
  readonly load: readonly string[];
  readonly set: readonly string[];
  /** The change counts from the next boot on. */
  readonly reboot: boolean;
};

/** Of the findings that are asked for. Nothing for a device that needs nothing: a second run changes nothing. */
export function repairsOf(facts: DeviceFacts, asked: (id: FindingId) => boolean): Repairs {
  const boot = bootChange(facts, asked);
  const unloaded = asked('kernel-modules-unloaded') ? unloadedModules(facts) : [];
  const unset = asked('sysctls') ? unsetSysctls(facts) : [];
  const modules = LOADED_MODULES.filter((name) => facts.modules[name] !== 'builtin').map((name) => `${name}\n`);
  const files = [
    ...boot,
    ...(unloaded.length > 0 ? change(OWN_MODULES, facts.own.modules, modules.join('')) : []),
    ...(unset.length > 0
      ? change(OWN_SYSCTLS, facts.own.sysctls, NEEDED_SYSCTLS.map((name) => `${name} = 1\n`).join(''))
      : []),
  ];
  const live = facts.kernel !== undefined;
  return { files, load: live ? unloaded : [], set: live ? unset : [], reboot: live && boot.length > 0 };
}

export const isNothing = ({ files, load, set }: Repairs): boolean => files.length + load.length + set.length === 0;

function bootChange({ kernel, cmdline }: DeviceFacts, asked: (id: FindingId) => boolean): readonly FileChange[] {
  if (cmdline === undefined) return [];
  const { path, text } = cmdline;
  const memory = asked('memory-cgroup') && (kernel === undefined || kernel.memoryCgroup === false);
  const swap = asked('swap-accounting') && kernel?.memoryCgroup === true && kernel.swapAccounting === false;
  const withMemory = memory ? withMemoryCgroup(text) : text;
  const after = swap ? withSwapAccounting(withMemory) : withMemory;
  return after === text ? [] : [{ path, before: text, after, backup: true }];
}

function change(path: string, before: string | undefined, body: string): readonly FileChange[] {
  const after = `# Written by bramble doctor --fix.\n${body}`;
  return before === after ? [] : [{ path, before, after, backup: false }];
}
