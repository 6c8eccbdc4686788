/** The verbs about running things, and those about the client itself. */

import { type Command, Option } from 'commander';
import * as flags from '../flags.ts';
import { declare, type Runner } from './declare.ts';

/** Adds logs, exec, attach, port-forward, cp, scale, rollout and wait. */
export function workloadCommands(program: Command, run: Runner): void {
  program.commandsGroup('Workload Commands:');
  declare(program, run, {
    name: 'logs',
    args: '[pod] [container]',
    summary: 'Print what containers print',
    options: [
      new Option('-f, --follow', 'go on with what is printed from now on'),
      new Option('--tail <lines>', 'only the last lines; -1: all').argParser(flags.numberOrNone),
      new Option('--since <duration>', 'only what is newer, such as 10m').argParser(flags.duration),
      new Option('--since-time <time>', 'only what is newer, such as 2026-01-02T03:04:05Z').argParser(flags.moment),
      new Option('-c, --container <name>', 'of this container'),
      new Option('--all-containers', 'of all containers of the pod, init containers too'),
      new Option('-p, --previous', 'of the container before the last restart'),
      new Option('--timestamps', 'with the time of each line'),
      new Option('--prefix', 'with the pod and the container before each line'),
      new Option('--limit-bytes <bytes>', 'at most so much').argParser(flags.positiveNumber),
      flags.selector(),
      node(),
    ],
    examples: [
      'bramble logs -f deploy/hello',
      'bramble logs -l app=hello --tail=20 --prefix',
      'bramble logs -p hello -c main',
    ],
    load: async () => (await import('../verbs/logs.ts')).logs,
  });
  declare(program, run, {
    name: 'exec',
    args: '<pod> [command...]',
    summary: 'Run a command in a container; its exit code is that of this program',
    options: [...sessionFlags(), new Option('-q, --quiet', 'print only what the command prints')],
    examples: [
      'bramble exec -it hello -- sh',
      'bramble exec deploy/hello -c main -- cat /etc/hosts',
      'tar c . | bramble exec -i hello -- tar x -C /data',
    ],
    load: async () => (await import('../verbs/exec.ts')).exec,
  });
  declare(program, run, {
    name: 'attach',
    args: '<pod>',
    summary: "Show what a container's own process prints, and with -i pass it input",
    options: sessionFlags(),
    examples: ['bramble attach hello', 'bramble attach -it hello -c main'],
    load: async () => (await import('../verbs/attach.ts')).attach,
  });
  declare(program, run, {
    name: 'port-forward',
    args: '<pod> <ports...>',
    summary: 'Let local ports lead into a pod, until Ctrl-C',
    options: [new Option('--address <addresses>', 'listen on these (default: localhost)').argParser(flags.list)],
    examples: [
      'bramble port-forward hello 8080:80',
      'bramble port-forward deploy/hello :http 9090',
      'bramble port-forward hello 8080:80 --address 0.0.0.0',
    ],
    load: async () => (await import('../verbs/port-forward.ts')).portForward,
  });
  declare(program, run, {
    name: 'cp',
    args: '<from> <to>',
    summary: 'Copy files and directories into a container or out of it; it needs tar there',
    options: [
      new Option('-c, --container <name>', 'in this container'),
      new Option('--no-preserve', 'leave modes and owners out'),
      node(),
    ],
    examples: ['bramble cp config/ hello:/etc/app', 'bramble cp sensors/hello:/var/log/app.log app.log -c main'],
    load: async () => (await import('../verbs/cp.ts')).cp,
  });
  declare(program, run, {
    name: 'scale',
    args: '<resources...>',
    summary: 'Change the number of replicas',
    options: [new Option('--replicas <count>', 'how many').argParser(flags.wholeNumber).makeOptionMandatory()],
    examples: ['bramble scale deployment/hello --replicas=5'],
    load: async () => (await import('../verbs/scale.ts')).scale,
  });
  const rollout = program
    .command('rollout')
    .summary('Follow, list, take back or repeat rollouts')
    .description('Rollouts of Deployments.');
  const revision = (name: string, text: string): Option =>
    new Option(`--${name} <number>`, text).argParser(flags.wholeNumber);
  declare(rollout, run, {
    name: 'status',
    args: '<resource...>',
    summary: 'Show the progress until it is done; exit code 1 when its deadline has passed',
    options: [
      flags.timeout(),
      new Option('-w, --watch [bool]', 'until it is done').argParser(flags.trueOrFalse).preset('true'),
    ],
    load: async () => (await import('../verbs/rollout.ts')).status,
  });
  declare(rollout, run, {
    name: 'history',
    args: '<resource...>',
    summary: 'List the revisions',
    options: [revision('revision', 'show the pod template of this one')],
    load: async () => (await import('../verbs/rollout.ts')).history,
  });
  declare(rollout, run, {
    name: 'undo',
    args: '<resource...>',
    summary: 'Go back to an earlier revision',
    options: [revision('to-revision', 'this one; without it the one before')],
    load: async () => (await import('../verbs/rollout.ts')).undo,
  });
  declare(rollout, run, {
    name: 'restart',
    args: '<resource...>',
    summary: 'Replace all pods, step by step',
    load: async () => (await import('../verbs/rollout.ts')).restart,
  });
  declare(program, run, {
    name: 'wait',
    args: '<resources...>',
    summary: 'Wait until objects have a condition or are gone',
    options: [
      new Option('--for <what>', "condition=NAME[=VALUE], delete, or jsonpath='{PATH}'[=VALUE]").makeOptionMandatory(),
      flags.timeout(),
      flags.selector(),
      new Option('--all', 'every object of the kind in the namespace'),
    ],
    examples: ['bramble wait pod/hello --for=condition=Ready --timeout=60s'],
    load: async () => (await import('../verbs/wait.ts')).wait,
  });
}

const node = (): Option => new Option('--node <name>', 'ask this device itself, also while no master answers');

const sessionFlags = (): readonly Option[] => [
  new Option('-i, --stdin', 'pass standard input'),
  new Option('-t, --tty', 'with a terminal'),
  new Option('-c, --container <name>', 'in this container'),
  node(),
];

/** Adds config, version and completion. */
export function clientCommands(program: Command, run: Runner): void {
  program.commandsGroup('Client Commands:');
  const config = program
    .command('config')
    .summary('Show or change contexts')
    .description('Contexts of the configuration file: clusters with credentials and a namespace.');
  const verbs = async () => await import('../verbs/config.ts');
  declare(config, run, {
    name: 'get-contexts',
    summary: 'List the contexts',
    load: async () => (await verbs()).getContexts,
  });
  declare(config, run, {
    name: 'current-context',
    summary: 'Print the context in use',
    load: async () => (await verbs()).currentContext,
  });
  declare(config, run, {
    name: 'use-context',
    args: '<name>',
    summary: 'Use this context from now on',
    load: async () => (await verbs()).useContext,
  });
  declare(config, run, {
    name: 'set-context',
    args: '<name>',
    summary: 'Create or change a context from --server, --creds and -n',
    examples: ['bramble config set-context farm --server nats://farm:4222 -n sensors'],
    load: async () => (await verbs()).setContext,
  });
  declare(config, run, { name: 'view', summary: 'Print the configuration', load: async () => (await verbs()).view });
  declare(program, run, {
    name: 'version',
    summary: 'Print the versions of client and master',
    options: [new Option('--client', 'of the client only')],
    load: async () => (await import('../verbs/version.ts')).version,
  });
  declare(program, run, {
    name: 'completion',
    args: '<shell>',
    summary: 'Print the completion script for bash or zsh',
    examples: ['source <(bramble completion bash)'],
    load: async () => (await import('../verbs/completion.ts')).completion,
  });
}
