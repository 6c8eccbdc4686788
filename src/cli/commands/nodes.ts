/** The verbs that take nodes out of use and back. */

import { type Command, Option } from 'commander';
import * as flags from '../flags.ts';
import { declare, type Runner } from './declare.ts';

const dryRun = (): Option =>
  new Option('--dry-run [mode]', 'change nothing: client says what would be done, server has it checked too')
    .choices(['none', 'client', 'server'])
    .preset('client');

/** Adds cordon, uncordon and drain. */
export function nodeCommands(program: Command, run: Runner): void {
  program.commandsGroup('Node Commands:');
  declare(program, run, {
    name: 'cordon',
    args: '[nodes...]',
    summary: 'Let no new pods come to nodes',
    options: [flags.selector(), dryRun()],
    examples: ['bramble cordon pi-7', 'bramble cordon -l site=attic'],
    load: async () => (await import('../drain/cordon.ts')).cordon,
  });
  declare(program, run, {
    name: 'uncordon',
    args: '[nodes...]',
    summary: 'Let new pods come to nodes again',
    options: [flags.selector(), dryRun()],
    examples: ['bramble uncordon pi-7'],
    load: async () => (await import('../drain/cordon.ts')).uncordon,
  });
  declare(program, run, {
    name: 'drain',
    args: '[nodes...]',
    summary: 'Let no new pods come to nodes, and end theirs as their PodDisruptionBudgets allow',
    options: [
      flags.selector(),
      new Option('--pod-selector <labels>', 'only pods with such labels'),
      new Option('--force', 'end pods too that no controller makes anew elsewhere'),
      new Option('--delete-emptydir-data', 'end pods too that lose what is in their emptyDir volumes'),
      new Option('--ignore-daemonsets', 'accepted for scripts made for Kubernetes; there are no DaemonSets'),
      new Option('--grace-period <seconds>', 'time to end in order; -1: as each pod says')
        .argParser(flags.numberOrNone)
        .default(-1),
      flags.timeout(),
      dryRun(),
    ],
    examples: ['bramble drain pi-7 --timeout=5m', 'bramble drain pi-7 --force --delete-emptydir-data'],
    load: async () => (await import('../drain/drain.ts')).drain,
  });
}
