/** `top`: what nodes, pods and containers use now. The devices themselves are asked. */

import { kinds } from '../../common/model/kinds.ts';
import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import { nodeMetricsOf } from '../../common/model/usage-metrics.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { type Session, withSession } from '../session.ts';
import { mostFirst } from '../top/figures.ts';
import { codeOf, findObjects, type Samples, sampleIn, samplesOf, silent } from '../top/find.ts';
import { metricsOf, rowOf, rowsOn, shown } from '../top/pod-rows.ts';
import { containersOf, containerTable, nodeTable, type PodRow, podTable } from '../top/rows.ts';
import { formatOf, type Look, show, type TopOptions } from '../top/show.ts';
import type { Call } from '../verb.ts';

type PodOptions = TopOptions & {
  readonly allNamespaces?: boolean;
  readonly containers?: boolean;
  readonly node?: string;
};

export async function topNodes(io: Io, { args, options, globals }: Call<TopOptions>): Promise<ExitCode> {
  const wide = formatOf(options) === 'wide';
  if (args.length > 0 && options.selector !== undefined) throw usageError('a name does not go with a selector');
  return await withSession(io, globals, async (session) => {
    return await show(io, options, async () => {
      const found = await findObjects(session, kinds.Node.plural, undefined, args, options.selector);
      const nodes = found.objects as readonly Node[];
      const names = nodes.map(({ metadata }) => metadata.name);
      const samples = await samplesOf(session, names, wide, options);
      const rows = nodes.map((node) => ({ node, sample: sampleIn(samples, node.metadata.name) }));
      const sorted = mostFirst(rows, options.sortBy, ({ sample }) => sample?.node);
      return {
        ...nodeTable(sorted, wide),
        objects: sorted.flatMap(({ node: { metadata }, sample }) => {
          const object = sample && nodeMetricsOf(metadata.name, metadata.labels, sample);
          return object === undefined ? [] : [object];
        }),
        remarks: [...found.remarks, ...silent(samples)],
        nothing: 'No nodes found',
        code: codeOf(found.code, samples),
      };
    });
  });
}

export async function topPods(io: Io, call: Call<PodOptions>): Promise<ExitCode> {
  return await topOfPods(io, call, call.options.containers === true);
}

export async function topContainers(io: Io, call: Call<PodOptions>): Promise<ExitCode> {
  return await topOfPods(io, call, true);
}

async function topOfPods(io: Io, { args, options, globals }: Call<PodOptions>, each: boolean): Promise<ExitCode> {
  const wide = formatOf(options) === 'wide';
  const { selector, allNamespaces = false, sortBy } = options;
  if (args.length > 0 && (selector !== undefined || allNamespaces))
    throw usageError('a name goes neither with -A nor with a selector');
  if (options.node !== undefined && selector !== undefined)
    throw usageError('a device knows no labels: -l does not go with --node');
  return await withSession(io, globals, async (session) => {
    return await show(io, options, async (): Promise<Look> => {
      const { rows, samples, remarks, code } = await podRows(session, args, options, wide);
      const sorted = mostFirst(shown(rows, args.length > 0), sortBy, ({ usage }) => usage);
      const containers = mostFirst(sorted.flatMap(containersOf), each ? sortBy : undefined, ({ usage }) => usage);
      return {
        ...(each ? containerTable(containers, wide, allNamespaces) : podTable(sorted, wide, allNamespaces)),
        objects: sorted.flatMap((row) => metricsOf(row, sampleIn(samples, row.nodeName))),
        remarks: [...remarks, ...silent(samples)],
        nothing: `No running pods found${allNamespaces ? '' : ` in ${session.target.namespace} namespace.`}`,
        code: codeOf(code, samples),
      };
    });
  });
}

type Rows = {
  readonly rows: readonly PodRow[];
  readonly samples: Samples;
  readonly remarks: readonly string[];
  readonly code: ExitCode;
};

/** Of the pods that the master knows, or with `--node` of those that this device has. */
async function podRows(session: Session, names: readonly string[], options: PodOptions, wide: boolean): Promise<Rows> {
  const { node, allNamespaces, selector } = options;
  const { namespace } = session.target;
  if (node === undefined) {
    const place = allNamespaces ? undefined : namespace;
    const { objects, remarks, code } = await findObjects(session, kinds.Pod.plural, place, names, selector);
    const pods = objects as readonly Pod[];
    const nodes = pods.flatMap(({ spec }) => spec.nodeName || []);
    const samples = await samplesOf(session, nodes, wide, options);
    return { rows: pods.map((pod) => rowOf(pod, samples)), samples, remarks, code };
  }
  const samples = await samplesOf(session, [node], wide, options);
  const sample = sampleIn(samples, node);
  const rows = rowsOn(node, sample).filter((row) => {
    return (allNamespaces || row.namespace === namespace) && (names.length === 0 || names.includes(row.name));
  });
  const missing = sample === undefined ? [] : names.filter((name) => rows.every((row) => row.name !== name));
  return {
    rows,
    samples,
    remarks: missing.map((name) => `error: no pod "${name}" of namespace ${namespace} runs on node "${node}"`),
    code: missing.length > 0 ? exitCode.notFound : exitCode.ok,
  };
}
