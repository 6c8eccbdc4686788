/** The flags of `bramble doctor` beside the agent's settings, which are not settings: no file and no variable gives them. */

import { resolve } from 'node:path';
import { nearest } from '../../common/lib/nearest.ts';
import { SettingsError } from '../../common/process/load-settings.ts';
import { catalogue, type FindingId } from '../core/doctor/finding.ts';

export type DoctorFlags = {
  readonly fix: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly root: string;
  readonly only: readonly FindingId[] | undefined;
};

/** `rest` are flags of the agent. Throws SettingsError. */
export function readDoctorFlags(argv: readonly string[]): {
  readonly flags: DoctorFlags;
  readonly rest: readonly string[];
} {
  let flags: DoctorFlags = { fix: false, yes: false, dryRun: false, json: false, root: '/', only: undefined };
  const rest: string[] = [];
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [name = '', given] = word.includes('=')
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word];
    const value = (): string => {
      const text = given ?? words.shift();
      if (text === undefined || text === '') throw new SettingsError(`${name}: needs a value`);
      return text;
    };
    if (name === '--fix') flags = { ...flags, fix: isOn(name, given) };
    else if (name === '--yes' || name === '-y') flags = { ...flags, yes: isOn(name, given) };
    else if (name === '--dry-run') flags = { ...flags, dryRun: isOn(name, given) };
    else if (name === '--root') flags = { ...flags, root: resolve(value()) };
    else if (name === '--output' || name === '-o') flags = { ...flags, json: isJson(value()) };
    else if (name === '--only') flags = { ...flags, only: value().split(',').map(findingId) };
    else rest.push(word);
  }
  if (flags.dryRun && !flags.fix) throw new SettingsError('--dry-run: only with --fix');
  return { flags, rest };
}

function isOn(name: string, given: string | undefined): boolean {
  if (given === undefined || given === 'true') return true;
  if (given === 'false') return false;
  throw new SettingsError(`${name}: must be true or false; found ${JSON.stringify(given)}`);
}

function isJson(format: string): boolean {
  if (format === 'json') return true;
  throw new SettingsError(`unknown output format ${JSON.stringify(format)}; known is json`);
}

function findingId(text: string): FindingId {
  const id = text.trim();
  const ids = Object.keys(catalogue) as FindingId[];
  const known = ids.find((one) => one === id);
  if (known !== undefined) return known;
  const near = nearest(id, ids);
  throw new SettingsError(
    `--only: no finding ${JSON.stringify(id)}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}
