/** The verbs about the images of devices. */

import { type Command, Option } from 'commander';
import * as flags from '../flags.ts';
import { declare, type Runner } from './declare.ts';

const node = (): Option => new Option('--node <names>', 'of these nodes, with commas between').argParser(flags.list);
const all = (): Option => new Option('--all', 'of all nodes');

/** Adds image load, ls and rm. */
export function imageCommands(program: Command, run: Runner): void {
  program.commandsGroup('Device Commands:');
  const image = program
    .command('image')
    .summary('Bring images to devices without a registry, list and remove them')
    .description('Images on the devices themselves, in the store of their container runtime.');
  const verbs = async () => await import('../verbs/image.ts');
  declare(image, run, {
    name: 'load',
    args: '<file>',
    summary: 'Send an archive of images (docker save or OCI, also with gzip) to nodes, and go on where that stopped',
    options: [
      node(),
      flags.selector(),
      all(),
      new Option('--name <name>', 'name of the image, when the archive gives it none or another'),
      new Option('--force', 'also when it is made for another architecture'),
      new Option('--parallel <count>', 'to how many nodes at once').argParser(flags.wholeNumber).default(4),
    ],
    examples: ['bramble image load till.tar --node pi-7', 'bramble image load till.tar.gz -l site=north --parallel 8'],
    load: async () => (await verbs()).load,
  });
  declare(image, run, {
    name: 'ls',
    summary: 'List the images on nodes; all nodes when none is named',
    options: [
      node(),
      flags.selector(),
      new Option('--no-headers', 'without the line of headers'),
      new Option('-o, --output <format>', 'json'),
    ],
    examples: ['bramble image ls --node pi-7'],
    load: async () => (await verbs()).list,
  });
  declare(image, run, {
    name: 'rm',
    args: '<name>',
    summary: 'Remove an image from nodes; one that a pod uses only with --force',
    options: [node(), flags.selector(), all(), new Option('--force', 'also when pods use it')],
    examples: ['bramble image rm shop/till:1 --node pi-7'],
    load: async () => (await verbs()).remove,
  });
}
