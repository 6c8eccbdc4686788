/** `agent status`: how this device's agent, its master and its pods do, on one page. */

import { stringify } from 'yaml';
import { ago } from '../../common/model/columns/cells.ts';
import { type StatusAnswer, statusAnswer } from '../../common/wire/local-protocol.ts';
import { askDevice, type DeviceFlags } from '../device-client.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { emit } from '../print/emit.ts';
import { type Fields, fieldsText } from '../print/fields.ts';
import type { Call } from '../verb.ts';

export async function status(io: Io, { options }: Call<DeviceFlags & { readonly output?: string }>): Promise<ExitCode> {
  const { output } = options;
  if (output !== undefined && output !== 'json' && output !== 'yaml')
    throw usageError(`unknown output format ${JSON.stringify(output)}; known are json and yaml`);
  const answer = await askDevice(io, options, 'status', {}, statusAnswer);
  if (output === 'json') await emit(io, `${JSON.stringify(answer, undefined, 4)}\n`);
  else await emit(io, output === 'yaml' ? stringify(answer) : textOf(answer, io.clock.wall()));
  return exitCode.ok;
}

function textOf(answer: StatusAnswer, now: number): string {
  const fields: Fields = [
    ['Node', answer.node],
    ['Version', answer.version],
    ['Boot ID', answer.bootID],
    ['Runtime', answer.runtime || '<not heard yet>'],
    ['Master', masterText(answer.master, now)],
    ['Conditions', answer.conditions.map(conditionText)],
    ['Pods', Object.entries(answer.pods).map(([source, counts]) => `${source}: ${countsText(counts)}`)],
    ['Restarts', String(answer.restarts)],
    [
      'Problems',
      Object.entries(answer.problems).flatMap(([source, lines]) => lines.map((line) => `${source}: ${line}`)),
    ],
  ];
  return fieldsText(fields);
}

function masterText({ answers, since }: StatusAnswer['master'], now: number): string {
  if (since === undefined) return 'not heard since the agent started; pods run on without it';
  const time = `since ${since} (${ago(since, now)} ago)`;
  return answers ? `connected ${time}` : `does not answer ${time}; pods run on without it`;
}

function conditionText({ type, status: value, reason, message }: StatusAnswer['conditions'][number]): string {
  return `${type}=${value}${reason === undefined ? '' : ` ${reason}`}${message === undefined ? '' : `: ${message}`}`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([phase, count]) => `${count} ${phase}`)
    .join(', ');
}
