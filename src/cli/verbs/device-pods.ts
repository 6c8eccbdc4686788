/** `agent pods`: the pods of this device, of all sources. */

import { kinds } from '../../common/model/kinds.ts';
import type { Pod } from '../../common/model/pod.ts';
import { type LocalPod, podsAnswer } from '../../common/wire/local-protocol.ts';
import { askDevice, type DeviceFlags } from '../device-client.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { statusPaint } from '../print/colour.ts';
import { emit, note } from '../print/emit.ts';
import { parseFormat } from '../print/output.ts';
import { tableText } from '../print/table.ts';
import type { Call } from '../verb.ts';

type Options = DeviceFlags & { readonly output?: string; readonly headers?: boolean };

export async function pods(io: Io, { options, globals }: Call<Options>): Promise<ExitCode> {
  const format = parseFormat(options.output);
  const answer = await askDevice(io, options, 'pods', {}, podsAnswer);
  const { namespace } = globals;
  const items = answer.items.filter(({ pod }) => namespace === undefined || pod.metadata.namespace === namespace);
  if (format.format === 'text') {
    await emit(
      io,
      format.render(
        items.map(({ pod }) => ({ kind: kinds.Pod, object: pod })),
        false,
      ),
    );
  } else if (items.length === 0) {
    await note(
      io,
      namespace === undefined ? 'No pods on this device.' : `No pods in namespace ${namespace} on this device.`,
    );
  } else await io.stdout.write(table(io, items, format.wide, options.headers === false));
  return exitCode.ok;
}

function table(io: Io, items: readonly LocalPod[], wide: boolean, noHeaders: boolean): string {
  // Every pod here is on this node.
  const columns = kinds.Pod.columns.filter((column) => (wide || !column.wide) && column.name !== 'NODE');
  const headers = ['NAMESPACE', ...columns.map(({ name }) => name), 'SOURCE'];
  const now = io.clock.wall();
  const rows = items.map(({ source, shadowedBy, pod }) => {
    const cells = columns.map(({ name, value }) =>
      name === 'STATUS' && shadowedBy !== undefined ? 'Shadowed' : value(dated(pod as unknown as Pod), now),
    );
    return [
      pod.metadata.namespace ?? '',
      ...cells,
      shadowedBy === undefined ? source : `${source} (${shadowedBy} runs)`,
    ];
  });
  return tableText({ headers, rows, noHeaders, paint: statusPaint(io) });
}

/** A static pod was made by nobody: it is as old as its start. */
function dated(pod: Pod): Pod {
  const { creationTimestamp = pod.status?.startTime, ...metadata } = pod.metadata;
  return creationTimestamp === undefined ? pod : { ...pod, metadata: { ...metadata, creationTimestamp } };
}
