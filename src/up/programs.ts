/** The command lines of the one-machine cluster's processes. */

import type { UpSettings } from '../common/model/config/up-settings.ts';
import { nodeFlags } from '../common/process/node-flags.ts';
import { agentDir, masterDir } from './cluster-files.ts';

function bramble(entry: string, args: readonly string[]): readonly string[] {
  return [...process.execArgv.filter((flag) => flag.startsWith('--import')), ...nodeFlags, entry, ...args];
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
  return bramble(entry, [
    'master',
    ...(action === undefined ? [] : [action]),
    `--data-dir=${masterDir(settings)}`,
    `--run-dir=${settings.runDir}`,
    `--nats-port=${settings.natsPort}`,
    `--nats-binary=${settings.natsBinary}`,
    `--metrics-port=${settings.masterMetricsPort}`,
    `--scheduler-profiles=${JSON.stringify(settings.schedulerProfiles)}`,
    ...(settings.schedulerSeed === undefined ? [] : [`--scheduler-seed=${settings.schedulerSeed}`]),
    `--external-schedulers=${settings.externalSchedulers}`,
    `--log-level=${settings.logLevel}`,
  ]);
}

/** Arguments of node for `bramble agent` with the containerd that it owns; `action` `teardown` ends what a killed one left. */
export function agentProgram(entry: string, settings: UpSettings, action?: 'teardown'): readonly string[] {
  return bramble(entry, [
    'agent',
    ...(action === undefined ? [] : [action]),
    `--data-dir=${agentDir(settings)}`,
    `--run-dir=${settings.runDir}`,
    `--server=nats://127.0.0.1:${settings.natsPort}`,
    '--own-runtime=true',
    `--device-resources=${settings.deviceResources}`,
    `--pod-subnet=${settings.podSubnet}`,
    `--pod-bridge=${settings.podBridge}`,
    `--static-pod-path=${settings.staticPodPath}`,
    // Two clusters on one machine keep their pods apart.
    `--cgroup-root=/${settings.podBridge}`,
    `--metrics-port=${settings.metricsPort}`,
    `--registry-mirrors=${settings.registryMirrors}`,
    `--container-log-max-size=${settings.containerLogMaxSize}`,
    `--container-log-max-files=${settings.containerLogMaxFiles}`,
    `--container-log-max-total-size=${settings.containerLogMaxTotalSize}`,
    `--container-log-max-rate=${settings.containerLogMaxRate}`,
    `--container-log-burst=${settings.containerLogBurst}`,
    `--insecure-registries=${settings.insecureRegistries}`,
    ...(settings.registryCA === undefined ? [] : [`--registry-ca=${settings.registryCA}`]),
    ...(settings.node === undefined ? [] : [`--node=${settings.node}`]),
    `--log-level=${settings.logLevel}`,
  ]);
}
