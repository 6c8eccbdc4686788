/** What `top` asks: the master for objects, the devices for their samples. */

import { AskError } from '../../common/actor/ask.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { UsageSample } from '../../common/model/usage-sample.ts';
import { askUsage } from '../../common/wire/ask-usage.ts';
import { CliError, type ExitCode, exitCode } from '../errors.ts';
import { asCliError, type Session } from '../session.ts';
import type { TopOptions } from './show.ts';

/** By node: its sample, or why there is none. */
export type Samples = ReadonlyMap<string, UsageSample | AskError>;
/** `remarks` are about names that do not exist; `code` is then that of the first. */
export type Found = {
  readonly objects: readonly KubeObject[];
  readonly remarks: readonly string[];
  readonly code: ExitCode;
};

/** How long a device has. It may need a second to measure a rate. */
const ANSWER_WITHIN = 5_000;

/** The named objects, or without names those of the selector, by namespace and name. */
export async function findObjects(
  { api, target }: Session,
  resource: string,
  namespace: string | undefined,
  names: readonly string[],
  selector: string | undefined,
): Promise<Found> {
  if (names.length === 0) {
    const { items } = await api.list(resource, { namespace, labelSelector: selector });
    const order = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
    const objects = items.toSorted((a, b) => Number(order(a) > order(b)) - Number(order(a) < order(b)));
    return { objects, remarks: [], code: exitCode.ok };
  }
  const objects: KubeObject[] = [];
  const remarks: string[] = [];
  for (const name of names) {
    try {
      objects.push(await api.get({ resource, name, ...(namespace === undefined ? {} : { namespace }) }));
    } catch (error) {
      const told = asCliError(error, target);
      if (!(told instanceof CliError) || told.code !== exitCode.notFound) throw error;
      remarks.push(`error: ${told.message}`);
    }
  }
  return { objects, remarks, code: remarks.length > 0 ? exitCode.notFound : exitCode.ok };
}

export async function samplesOf(
  { nats }: Session,
  nodes: readonly string[],
  wide: boolean,
  { watch, interval = 5_000 }: TopOptions,
): Promise<Samples> {
  const maxAge = watch === true ? interval / 2 : 10_000;
  return await askUsage(nats, nodes, { maxAge, detail: wide ? 'full' : 'brief', within: ANSWER_WITHIN });
}

export function sampleIn(samples: Samples, node: string): UsageSample | undefined {
  const found = samples.get(node);
  return found instanceof AskError ? undefined : found;
}

/** A remark for each device that does not answer. */
export function silent(samples: Samples): readonly string[] {
  return [...samples].flatMap(([node, found]) => (found instanceof AskError ? [notAnswering(node, found)] : []));
}

/** A fleet of which nobody answers is a failure; `code` is what else went wrong. */
export function codeOf(code: ExitCode, samples: Samples): ExitCode {
  if (code !== exitCode.ok || samples.size === 0) return code;
  return [...samples.values()].every((found) => found instanceof AskError) ? exitCode.unreachable : code;
}

function notAnswering(node: string, { code, message }: AskError): string {
  if (code === 'stopped') return `no agent answers on node "${node}"`;
  return code === 'timeout' ? `node "${node}" does not answer in time` : `node "${node}" can not tell: ${message}`;
}
