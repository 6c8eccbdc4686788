/** `agent top`: what this device and its pods use, asked over its own socket. */

import { nodeMetricsOf } from '../../common/model/usage-metrics.ts';
import { topAnswer } from '../../common/wire/local-protocol.ts';
import { askDevice, type DeviceFlags } from '../device-client.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { mostFirst } from '../top/figures.ts';
import { metricsOf, rowsOn } from '../top/pod-rows.ts';
import { containersOf, containerTable, podTable } from '../top/rows.ts';
import { formatOf, show, type TopOptions } from '../top/show.ts';
import type { Call } from '../verb.ts';

type Options = TopOptions & DeviceFlags & { readonly containers?: boolean };

export async function top(io: Io, { options, globals }: Call<Options>): Promise<ExitCode> {
  const wide = formatOf(options) === 'wide';
  const { namespace } = globals;
  const { containers: each = false, sortBy } = options;
  return await show(io, options, async () => {
    const { node, sample } = await askDevice(io, options, 'top', {}, topAnswer);
    const rows = rowsOn(node, sample).filter((row) => namespace === undefined || row.namespace === namespace);
    const sorted = mostFirst(rows, sortBy, ({ usage }) => usage);
    const containers = mostFirst(sorted.flatMap(containersOf), each ? sortBy : undefined, ({ usage }) => usage);
    const whole = nodeMetricsOf(node, undefined, sample);
    return {
      ...(each ? containerTable(containers, wide, true) : podTable(sorted, wide, true)),
      objects: [...(whole === undefined ? [] : [whole]), ...sorted.flatMap((row) => metricsOf(row, sample))],
      remarks: [],
      nothing:
        namespace === undefined ? 'No pods on this device.' : `No pods in namespace ${namespace} on this device.`,
      code: exitCode.ok,
    };
  });
}
