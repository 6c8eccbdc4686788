/** The command line: verbs, flags and help. Loads nothing but commander until a verb is called. */

import { Command } from 'commander';
import type { Runner } from './commands/declare.ts';
import { deviceCommands } from './commands/device.ts';
import { imageCommands } from './commands/images.ts';
import { metricsCommands } from './commands/metrics.ts';
import { nodeCommands } from './commands/nodes.ts';
import { objectCommands } from './commands/objects.ts';
import { clientCommands, workloadCommands } from './commands/workloads.ts';

const examples = `
Cluster Commands:
  up                      start a cluster on this machine
  down                    end it
  master                  run a master
  doctor                  examine this device, and mend it with --fix

Examples:
  bramble up --detach=true                     a cluster of this one machine
  bramble apply -f hello.yaml                  run something on it
  bramble get pods -o wide                     look at it
  bramble logs -f deploy/hello                 hear it
  bramble explain deployment.spec              what a field means

The cluster's address is --server, BRAMBLE_SERVER, or of the context in use; else that of this machine's cluster.`;

/** The program with all its verbs; `run` is called with the verb that the arguments name. */
export function createProgram(run: Runner): Command {
  const program = new Command('bramble')
    .description("Runs containers on fleets of Raspberry Pis: Kubernetes' objects, without Kubernetes' weight.")
    .usage('<verb> [flags]')
    .optionsGroup('Global Flags:')
    .option('-n, --namespace <name>', 'namespace of the objects')
    .option('--context <name>', 'context of the configuration file')
    .option('--server <address>', 'NATS address, such as nats://host:4222')
    .option('--creds <path>', 'NATS credentials file')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', examples);
  objectCommands(program, run);
  workloadCommands(program, run);
  imageCommands(program, run);
  metricsCommands(program, run);
  nodeCommands(program, run);
  deviceCommands(program, run);
  clientCommands(program, run);
  return program;
}
