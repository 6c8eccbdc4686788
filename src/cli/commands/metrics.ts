/** The verbs about what devices use. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import * as flags from '../flags.ts';
import { declare, type Runner } from './declare.ts';

/** The flags of each `top`. */
export const topFlags = (): readonly Option[] => [
  new Option('-o, --output <format>', 'wide, json or yaml'),
  new Option('--sort-by <figure>', 'the most first').choices(['cpu', 'memory']),
  new Option('--no-headers', 'leave the line of headers out'),
  new Option('-w, --watch', 'look again and again, until Ctrl-C'),
  new Option('--interval <duration>', 'how often to look, with --watch').argParser(interval).default(5_000, '5s'),
];

/** Adds top nodes, top pods and top containers. */
export function metricsCommands(program: Command, run: Runner): void {
  program.commandsGroup('Device Commands:');
  const top = program
    .command('top')
    .summary('Show what nodes, pods and containers use')
    .description('What the devices measure now: CPU, memory (the working set), and with -o wide traffic and disks.');
  const verbs = async () => await import('../verbs/top.ts');
  const node = (): Option => new Option('--node <name>', 'ask this device alone, also while no master answers');
  declare(top, run, {
    name: 'nodes',
    args: '[names...]',
    summary: 'What nodes use, and how much that is of what they offer to pods',
    options: [flags.selector(), ...topFlags()],
    examples: [
      'bramble top nodes',
      'bramble top nodes -l site=north --sort-by memory',
      'bramble top nodes pi-7 -o wide --watch',
    ],
    load: async () => (await verbs()).topNodes,
  }).alias('node');
  declare(top, run, {
    name: 'pods',
    args: '[names...]',
    summary: 'What pods use',
    options: [
      flags.selector(),
      flags.allNamespaces(),
      new Option('--containers', 'each container by itself'),
      node(),
      ...topFlags(),
    ],
    examples: [
      'bramble top pods -A --sort-by cpu',
      'bramble top pods web --containers',
      'bramble top pods -A --node pi-7',
    ],
    load: async () => (await verbs()).topPods,
  }).alias('pod');
  declare(top, run, {
    name: 'containers',
    args: '[pods...]',
    summary: 'What containers use',
    options: [flags.selector(), flags.allNamespaces(), node(), ...topFlags()],
    examples: ['bramble top containers -A --sort-by memory', 'bramble top containers web -o wide'],
    load: async () => (await verbs()).topContainers,
  }).alias('container');
}

function interval(text: string): number {
  const millis = flags.duration(text);
  if (millis < 1_000) throw new InvalidArgumentError('1s or more is expected.');
  return millis;
}
