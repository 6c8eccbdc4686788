/** What the doctor says: as text for people, coloured on a terminal, or as JSON. */

import { exitCodeOf, type Finding } from '../core/doctor/finding.ts';
import { isNothing, type Repairs } from '../core/doctor/repairs.ts';
import { unifiedDiff } from '../core/doctor/unified-diff.ts';
import type { Repaired } from '../ports/doctor.ts';
import type { DoctorFlags } from './flags.ts';

const WIDTH = 100;
const COLOURS = { error: 31, warning: 33, info: 36 } as const;
type Outcome = { readonly repairs: Repairs } & Repaired;

const hasColour = (): boolean => process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
const paint = (colour: number, text: string): string => (hasColour() ? `\u001b[${colour}m${text}\u001b[0m` : text);
/** Words of servers and files must not move the cursor. */
const clean = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, ' ');

const plain = (one: Finding): Finding => {
  const [summary, explanation, action] = [clean(one.summary), clean(one.explanation), clean(one.action)];
  return { ...one, summary, explanation, action };
};

/** `outcome` where repairs were asked for. */
export function report(findings: readonly Finding[], outcome: Outcome | undefined, flags: DoctorFlags): string {
  return flags.json ? jsonReport(findings, outcome) : textReport(findings, outcome);
}

function jsonReport(findings: readonly Finding[], outcome: Outcome | undefined): string {
  const code = (outcome?.failed.length ?? 0) > 0 ? 1 : exitCodeOf(findings);
  return `${JSON.stringify({ ok: code === 0, exitCode: code, findings, ...outcome }, undefined, 4)}\n`;
}

function textReport(findings: readonly Finding[], outcome: Outcome | undefined): string {
  const width = Math.max(0, ...findings.map(({ id }) => id.length));
  const parts = findings.map(plain).map((one) => {
    const head = `${paint(COLOURS[one.severity], one.severity.toUpperCase().padEnd(7))}   ${one.id.padEnd(width)}   ${one.summary}`;
    return [head, ...wrapped(one.explanation), ...wrapped(`To do: ${one.action}`)].join('\n');
  });
  const done = (outcome?.done ?? []).map((line) => `${line}\n`).join('');
  const again =
    outcome?.repairs.reboot === true && done !== '' && outcome.failed.length === 0
      ? 'Reboot now: the kernel reads its command line once, at boot.\n'
      : '';
  const fixable = outcome === undefined && findings.some((one) => one.fixable);
  const hint = fixable ? '\nbramble doctor --fix mends some of it, after showing what it would change.\n' : '';
  const all = findings.length === 0 ? paint(32, 'All is well.') : parts.join('\n\n');
  return `${clean(`${done}${again}`)}${done === '' ? '' : '\n'}${all}\n${hint}`;
}

function wrapped(text: string): readonly string[] {
  const indent = '          ';
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

/** What would be changed. */
export function repairsText(repairs: Repairs, { dryRun }: Pick<DoctorFlags, 'dryRun'>): string {
  if (isNothing(repairs)) return 'There is nothing to mend.\n\n';
  const lines = [
    ...repairs.files.map((change) => unifiedDiff(change)),
    ...(repairs.load.length > 0 ? [`modprobe -a ${repairs.load.join(' ')}\n`] : []),
    ...repairs.set.map((name) => `sysctl ${name}=1\n`),
    ...(dryRun ? ['\nNothing was changed.\n'] : []),
  ];
  return `${clean(lines.join(''))}\n`;
}
