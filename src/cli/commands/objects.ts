/** The verbs that read and write objects. */

import { type Command, Option } from 'commander';
import * as flags from '../flags.ts';
import { declare, type Runner } from './declare.ts';

const all = (): Option => new Option('--all', 'every object of the kind in the namespace');
const noHeaders = (): Option => new Option('--no-headers', 'leave the line of headers out');
const ignoreNotFound = (): Option => new Option('--ignore-not-found', 'what does not exist is no failure');

/** Adds apply, create, get, describe, patch, delete, explain and events. */
export function objectCommands(program: Command, run: Runner): void {
  program.commandsGroup('Basic Commands:');
  declare(program, run, {
    name: 'apply',
    summary: "Make the cluster's objects what files say",
    options: [
      flags.filename(),
      flags.recursive(),
      flags.dryRun(),
      flags.waitFlag('wait until the workloads are ready', false),
      flags.timeout(),
      flags.output(),
    ],
    examples: [
      'bramble apply -f hello.yaml',
      'bramble apply -R -f manifests/ --wait --timeout=2m',
      'generate | bramble apply -f - --dry-run=client',
    ],
    load: async () => (await import('../verbs/apply.ts')).apply,
  });
  declare(program, run, {
    name: 'create',
    summary: 'Create objects from files',
    options: [flags.filename(), flags.recursive(), flags.dryRun(), flags.output()],
    load: async () => (await import('../verbs/create.ts')).create,
  });
  declare(program, run, {
    name: 'get',
    args: '[resources...]',
    summary: 'Show objects',
    options: [
      flags.output(),
      flags.selector(),
      new Option('--field-selector <fields>', 'such as status.phase=Running'),
      flags.allNamespaces(),
      new Option('-w, --watch', 'then show each change'),
      new Option('--watch-only', 'show changes only'),
      noHeaders(),
      new Option('--show-labels', 'with a column of labels'),
      new Option('--sort-by <path>', 'order by a JSONPath such as .metadata.creationTimestamp'),
      ignoreNotFound(),
    ],
    examples: [
      'bramble get pods -A -o wide',
      'bramble get deploy/hello -o yaml',
      "bramble get pods -l app=hello -o jsonpath='{.items[*].status.podIP}'",
    ],
    load: async () => (await import('../verbs/get.ts')).get,
  });
  declare(program, run, {
    name: 'describe',
    args: '[resources...]',
    summary: 'Show everything about objects, with their events',
    options: [flags.selector(), flags.allNamespaces()],
    load: async () => (await import('../verbs/describe.ts')).describe,
  });
  declare(program, run, {
    name: 'patch',
    args: '<resources...>',
    summary: 'Change some fields of objects',
    options: [
      new Option('-p, --patch <patch>', 'the fields, as JSON or YAML'),
      new Option('--patch-file <path>', 'a file with the fields; - for standard input'),
      new Option('--type <type>', 'how lists are merged: by the keys of their items, or replaced')
        .choices(['strategic', 'merge'])
        .default('strategic'),
      new Option('--subresource <name>', 'change this part: the status, or cpu and memory of a running pod').choices([
        'status',
        'resize',
      ]),
      new Option('--dry-run [mode]', 'change nothing: client merges here, server checks there')
        .choices(['none', 'client', 'server'])
        .preset('client'),
      flags.output(),
    ],
    examples: [
      `bramble patch deploy/hello -p '{"spec":{"replicas":3}}'`,
      `bramble patch pod web --subresource resize -p '{"spec":{"containers":[{"name":"web","resources":{"limits":{"cpu":"1"}}}]}}'`,
      `bramble patch pod web --subresource status -p '{"status":{"conditions":[{"type":"example.com/ready","status":"True"}]}}'`,
    ],
    load: async () => (await import('../verbs/patch.ts')).patch,
  });
  declare(program, run, {
    name: 'delete',
    args: '[resources...]',
    summary: 'Delete objects, and wait until they are gone',
    options: [
      flags.filename(),
      flags.recursive(),
      flags.selector(),
      all(),
      flags.allNamespaces(),
      flags.waitFlag('wait until they are gone', true),
      new Option('--cascade [policy]', 'what becomes of the objects they own')
        .choices(['background', 'foreground', 'orphan'])
        .preset('background')
        .default('background'),
      new Option(
        '--grace-period <seconds>',
        'time to end in order; -1: as the object says; 0 without --force: 1',
      ).argParser(flags.numberOrNone),
      new Option('--now', 'the same as --grace-period=1'),
      new Option('--force', 'remove pods at once, without waiting until their node has ended them'),
      ignoreNotFound(),
      flags.timeout(),
      flags.dryRun(),
      new Option('-o, --output <format>', 'name'),
    ],
    examples: ['bramble delete -f hello.yaml', 'bramble delete pods -l app=hello --wait=false'],
    load: async () => (await import('../verbs/delete.ts')).deleteObjects,
  });
  declare(program, run, {
    name: 'explain',
    args: '<path>',
    summary: 'Say what a kind or field means',
    options: [new Option('--recursive', 'all fields below, without words')],
    examples: ['bramble explain pod.spec.containers'],
    load: async () => (await import('../verbs/explain.ts')).explain,
  });
  declare(program, run, {
    name: 'explain-scheduling',
    args: '[pod]',
    summary: 'Say why a pod runs where it does, or nowhere: what each filter and score says of each node',
    options: [
      flags.filename(),
      new Option('--dry-run [mode]', 'of the pod or workload in the files: where it would go, without creating it')
        .choices(['none', 'client', 'server'])
        .preset('client'),
      new Option('--node <names>', 'only of these nodes').argParser(flags.list),
      noHeaders(),
      new Option('-o, --output <format>', 'wide (every filter and score), json, yaml, jsonpath=…'),
    ],
    examples: [
      'bramble explain-scheduling web-5d9f-x2x4z',
      'bramble explain-scheduling web-5d9f-x2x4z --node pi-7 -o wide',
      'bramble explain-scheduling --dry-run -f web.yaml',
    ],
    load: async () => (await import('../verbs/explain-scheduling.ts')).explainScheduling,
  });
  declare(program, run, {
    name: 'events',
    summary: 'Show what happened',
    options: [
      new Option('--for <object>', 'about one object, as TYPE/NAME'),
      new Option('--types <types>', 'Normal, Warning or both').argParser(flags.list),
      flags.allNamespaces(),
      new Option('-w, --watch', 'then show each new one'),
      noHeaders(),
      flags.output(),
    ],
    load: async () => (await import('../verbs/events.ts')).events,
  });
}
