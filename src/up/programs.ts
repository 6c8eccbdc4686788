/** The command lines of the one-machine cluster's processes. */

import { handedToAgent, handedToMaster, type UpSettings } from '../common/model/config/up-settings.ts';
import { flagOf } from '../common/model/settings.ts';
import { agentFlags, masterFlags } from '../common/process/node-flags.ts';
import { agentDir, masterDir } from './cluster-files.ts';

function bramble(flags: readonly string[], entry: string, args: readonly string[]): readonly string[] {
  return [...process.execArgv.filter((flag) => flag.startsWith('--import')), ...flags, entry, ...args];
}

/**
 * The environment of these processes: what `bramble up` was told stands in their arguments, so settings for clients, such as
 * `BRAMBLE_SERVER` of another cluster, do not reach them.
 */
export function ownEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BRAMBLE_')));
}

/** Arguments of node for `bramble master` with the nats-server that it owns; `action` `teardown` ends one that a killed master left. */
export function masterProgram(entry: string, settings: UpSettings, action?: 'teardown'): readonly string[] {
  return bramble(masterFlags, entry, [
    'master',
    ...(action === undefined ? [] : [action]),
    `--data-dir=${masterDir(settings)}`,
    `--run-dir=${settings.runDir}`,
    `--nats-port=${settings.natsPort}`,
    `--nats-binary=${settings.natsBinary}`,
    `--metrics-port=${settings.masterMetricsPort}`,
    ...handed(settings, handedToMaster),
    `--log-level=${settings.logLevel}`,
  ]);
}

/** Arguments of node for `bramble agent` with the containerd that it owns; `action` `teardown` ends what a killed one left. */
export function agentProgram(entry: string, settings: UpSettings, action?: 'teardown'): readonly string[] {
  return bramble(agentFlags, entry, [
    'agent',
    ...(action === undefined ? [] : [action]),
    `--data-dir=${agentDir(settings)}`,
    `--run-dir=${settings.runDir}`,
    `--server=nats://127.0.0.1:${settings.natsPort}`,
    '--own-runtime=true',
    `--pod-subnet=${settings.podSubnet}`,
    `--pod-bridge=${settings.podBridge}`,
    `--static-pod-path=${settings.staticPodPath}`,
    // Two clusters on one machine keep their pods apart.
    `--cgroup-root=/${settings.podBridge}`,
    `--shutdown-grace-period=${settings.shutdownGracePeriod}`,
    ...handed(settings, handedToAgent),
    ...(settings.node === undefined ? [] : [`--node=${settings.node}`]),
    `--log-level=${settings.logLevel}`,
  ]);
}

/** Those of the settings that are set, as flags; lists and maps as JSON. */
function handed(settings: UpSettings, names: readonly string[]): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
    if (!names.includes(name) || value === undefined) return [];
    return [`${flagOf(name)}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`];
  });
}
