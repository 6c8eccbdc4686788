/** `bramble doctor`: examines this device, or the files of another one, and mends what is safe to mend. Needs no agent, no master and no network. */

import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type AgentSettings, agentSettings } from '../../common/model/config/agent-settings.ts';
import { loadSettings, SettingsError } from '../../common/process/load-settings.ts';
import { type Program, UserError } from '../../common/process/program.ts';
import { NEEDED_MODULES, NEEDED_SYSCTLS, OWN_MODULES, OWN_SYSCTLS } from '../core/doctor/device-facts.ts';
import { examine } from '../core/doctor/examine.ts';
import { exitCodeOf, type FindingId } from '../core/doctor/finding.ts';
import { isNothing, repairsOf } from '../core/doctor/repairs.ts';
import { containerdLayout } from '../io/containerd/containerd-config.ts';
import { createPatient } from '../io/doctor/patient.ts';
import { ownRuntime } from '../maintenance.ts';
import type { Repaired } from '../ports/doctor.ts';
import { shutdownPeriods } from '../settings/shutdown-periods.ts';
import { readDoctorFlags } from './flags.ts';
import { repairsText, report } from './report.ts';

const summary =
  'Examine this device and say what is wrong, why, and what to do.\n\n' +
  '  --fix           mend what is safe (cmdline.txt, modules, kernel parameters):\n' +
  '                  shows the difference and asks\n' +
  '  --yes, -y       do not ask\n' +
  '  --dry-run       with --fix: show the difference only\n' +
  '  --only ID,ID    only these findings\n' +
  '  --root DIR      examine the card that is mounted there, not this device\n' +
  '  -o json         answer as JSON\n\n' +
  'Exits with 0, or with the code of the most severe finding (docs/doctor.md).\n\n' +
  'Examples:\n' +
  '  bramble doctor\n' +
  '  bramble doctor --fix\n' +
  '  bramble doctor --fix --dry-run --root=/media/card\n\n' +
  "The agent's settings say where its runtime, its data and NATS are:";

/** Exits with 0, the code of the most severe finding, 1 when a repair failed, 2 for bad usage. */
export const main: Program = async (argv) => {
  const { flags, rest } = readDoctorFlags(argv);
  await mustBeFolder(flags.root);
  const settings = await loadSettings({
    program: 'bramble doctor',
    summary,
    schema: agentSettings,
    defaultFile: join(flags.root, 'etc/bramble/agent.yaml'),
    argv: rest,
    env: process.env,
  });
  if (settings === undefined) return 0;
  const patient = createPatient(patientOptions(flags.root, settings));
  const facts = await patient.facts();
  const asked = (id: FindingId) => flags.only === undefined || flags.only.includes(id);
  let findings = examine(facts).filter(({ id }) => asked(id));
  if (!flags.fix) {
    process.stdout.write(report(findings, undefined, flags));
    return exitCodeOf(findings);
  }
  const repairs = repairsOf(facts, asked);
  if (!flags.json) process.stdout.write(repairsText(repairs, flags));
  let repaired: Repaired = { done: [], failed: [] };
  if (!flags.dryRun && !isNothing(repairs)) {
    if (!flags.yes) await confirm(flags.json);
    repaired = await patient.repair(repairs);
    findings = examine(await patient.facts()).filter(({ id }) => asked(id));
  }
  process.stdout.write(report(findings, { repairs, ...repaired }, flags));
  for (const words of repaired.failed) process.stderr.write(`error: ${words}\n`);
  return repaired.failed.length > 0 ? 1 : exitCodeOf(findings);
};

/** A folder that is not there would be examined as a device without anything, and made by a repair. */
async function mustBeFolder(root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new SettingsError(`--root: there is no folder ${root}`);
}

async function confirm(json: boolean): Promise<void> {
  if (json || !process.stdin.isTTY || !process.stdout.isTTY)
    throw new SettingsError(
      '--fix asks before it changes anything: without a terminal give --yes, or --dry-run to look only',
    );
  const line = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await line.question('Make these changes? [y/N] ');
  line.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('nothing was changed');
}

function patientOptions(root: string, settings: AgentSettings): Parameters<typeof createPatient>[0] {
  return {
    root,
    node: settings.node ?? hostname().toLowerCase(),
    dataDir: settings.dataDir,
    servers: settings.server.split(',').map((server) => server.trim()),
    creds: settings.creds,
    socket: settings.runtimeEndpoint.replace(/^unix:\/\//, ''),
    ownSocket: containerdLayout(ownRuntime(settings)).socket,
    ownRuntime: settings.ownRuntime,
    shutdownGraceSeconds: shutdownPeriods(settings).total,
    modules: NEEDED_MODULES.flat(),
    sysctls: NEEDED_SYSCTLS,
    ownFiles: { modules: OWN_MODULES, sysctls: OWN_SYSCTLS },
  };
}
