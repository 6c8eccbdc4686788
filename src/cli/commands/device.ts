/** The verbs of `bramble agent`: for people on the device itself, without a network or a master. */

import { type Command, Option } from 'commander';
import * as flags from '../flags.ts';
import { declare, type Runner } from './declare.ts';
import { topFlags } from './metrics.ts';

const socket = (): Option => new Option('--socket <path>', "the agent's socket, /run/bramble/agent.sock");
const wait = (text: string): Option => flags.waitFlag(text, true);

/** Adds `agent` with apply, delete, pods, status, top, hardware and logs. */
export function deviceCommands(program: Command, run: Runner): void {
  program.commandsGroup('Device Commands:');
  const agent = program
    .command('agent')
    .summary("Run this device's agent, or ask the one that runs: status, pods, top, hardware, logs, apply, delete")
    .description("Asks this device's agent over its own socket, as root; needs neither a network nor a master.");
  declare(agent, run, {
    name: 'status',
    summary: 'Show how the agent, its master and its pods do',
    options: [socket(), new Option('-o, --output <format>', 'json or yaml')],
    load: async () => (await import('../verbs/device-status.ts')).status,
  });
  declare(agent, run, {
    name: 'pods',
    summary: 'List the pods of this device, wherever they come from',
    options: [socket(), flags.output(), new Option('--no-headers', 'leave the line of headers out')],
    examples: ['bramble agent pods -o wide'],
    load: async () => (await import('../verbs/device-pods.ts')).pods,
  });
  declare(agent, run, {
    name: 'top',
    summary: 'Show what the pods of this device use, or with --containers their containers',
    options: [socket(), new Option('--containers', 'each container by itself'), ...topFlags()],
    examples: ['bramble agent top', 'bramble agent top --containers -o wide --watch'],
    load: async () => (await import('../verbs/device-top.ts')).top,
  });
  declare(agent, run, {
    name: 'hardware',
    summary: 'Show what this device is made of: board, processor, memory, disks, network',
    options: [new Option('-o, --output <format>', 'json or yaml')],
    examples: ['bramble agent hardware -o json'],
    load: async () => (await import('../verbs/device-hardware.ts')).hardware,
  });
  declare(agent, run, {
    name: 'logs',
    args: '<pod> [container]',
    summary: 'Print what a container of this device prints',
    options: [
      socket(),
      new Option('-f, --follow', 'go on with what is printed from now on'),
      new Option('--tail <lines>', 'only the last lines; -1: all').argParser(flags.numberOrNone),
      new Option('--since <duration>', 'only what is newer, such as 10m').argParser(flags.duration),
      new Option('-c, --container <name>', 'of this container'),
      new Option('-p, --previous', 'of the container before the last restart'),
      new Option('--timestamps', 'with the time of each line'),
    ],
    examples: ['bramble agent logs -f web --tail=20'],
    load: async () => (await import('../verbs/device-logs.ts')).logs,
  });
  declare(agent, run, {
    name: 'apply',
    summary: 'Run the pods of manifests on this device, from now on and after each reboot',
    options: [socket(), flags.filename(), flags.recursive()],
    examples: ['bramble agent apply -f pump.yaml', 'generate | bramble agent apply -f -'],
    load: async () => (await import('../verbs/device-apply.ts')).apply,
  });
  declare(agent, run, {
    name: 'delete',
    args: '[resources...]',
    summary: 'End pods that were applied on this device, and wait until they are gone',
    options: [socket(), flags.filename(), flags.recursive(), wait('wait until they are gone'), flags.timeout()],
    examples: ['bramble agent delete pod pump', 'bramble agent delete -f pump.yaml'],
    load: async () => (await import('../verbs/device-apply.ts')).remove,
  });
}
