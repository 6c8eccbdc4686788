/** `agent hardware`: what this device is made of. Asked of the system by this process alone: the agent pays nothing for it. */

import { totalmem } from 'node:os';
import { stringify } from 'yaml';
import { formatBytes } from '../../common/lib/bytes.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import { type Hardware, hardwareOf } from '../hardware/hardware.ts';
import { hardwareInterfaces } from '../hardware/interfaces.ts';
import type { Io } from '../io.ts';
import { emit } from '../print/emit.ts';
import { type Fields, fieldsText, maybe, orNone } from '../print/fields.ts';
import type { Call } from '../verb.ts';

export async function hardware(io: Io, { options }: Call<{ readonly output?: string }>): Promise<ExitCode> {
  const { output } = options;
  if (output !== undefined && output !== 'json' && output !== 'yaml')
    throw usageError(`unknown output format ${JSON.stringify(output)}; known are json and yaml`);
  const found = await read();
  if (output === 'json') await emit(io, `${JSON.stringify(found, undefined, 4)}\n`);
  else await emit(io, output === 'yaml' ? stringify(found) : textOf(found));
  return exitCode.ok;
}

async function read(): Promise<Hardware> {
  const { system, cpu, blockDevices, diskLayout } = (await import('systeminformation')).default;
  const [machine, processor, blocks, layout] = await Promise.all([system(), cpu(), blockDevices(), diskLayout()]);
  return hardwareOf({
    ...{ system: machine, cpu: processor, blocks, layout },
    memoryBytes: totalmem(),
    network: hardwareInterfaces(),
  });
}

function textOf({ model, serial, processor, memoryBytes, disks, network }: Hardware): string {
  const { name, cores, sockets } = processor;
  const words = (...parts: readonly (string | undefined)[]) => parts.filter((part) => part !== undefined).join(', ');
  const fields: Fields = [
    ...maybe('Model', model),
    ...maybe('Serial', serial),
    ['Processor', words(name, `${cores} cores`, sockets > 1 ? `${sockets} sockets` : undefined)],
    ['Memory', formatBytes(memoryBytes)],
    orNone(
      'Disks',
      disks.map(({ name: disk, sizeBytes, vendor, model: made, type, interface: bus }) => [
        disk,
        words(formatBytes(sizeBytes), vendor, made, type, bus),
      ]),
    ),
    orNone(
      'Network',
      network.map(({ name: each, type, mac, state, speedMbits, duplex }) => [
        each,
        words(type, mac, state, speedMbits === undefined ? undefined : `${speedMbits} Mbit/s`, duplex),
      ]),
    ),
  ];
  return fieldsText(fields);
}
