/** `agent logs`: what a container of this device prints. */

import type { Pod } from '../../common/model/pod.ts';
import type { LogsRequest } from '../../common/wire/device-streams.ts';
import { podsAnswer } from '../../common/wire/local-protocol.ts';
import { askDevice, type DeviceFlags, streamFromDevice } from '../device-client.ts';
import { CliError, type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { stopped } from '../until.ts';
import type { Call } from '../verb.ts';

type Options = DeviceFlags & {
  readonly follow?: boolean;
  readonly tail?: number;
  /** Milliseconds. */
  readonly since?: number;
  readonly container?: string;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
};

export async function logs(io: Io, { args, options, globals }: Call<Options>): Promise<ExitCode> {
  const [name = '', word] = args;
  const namespace = globals.namespace ?? 'default';
  const { metadata, spec } = await podNamed(io, options, namespace, name.replace(/^pods?\//, ''));
  const request: LogsRequest = {
    namespace,
    pod: metadata.name,
    follow: options.follow,
    previous: options.previous,
    timestamps: options.timestamps,
    container: options.container ?? word,
    tailLines: options.tail === undefined || options.tail < 0 ? undefined : options.tail,
    sinceSeconds: options.since === undefined ? undefined : options.since / 1000,
    restartPolicy: options.follow ? spec.restartPolicy : undefined,
  };
  for await (const chunk of streamFromDevice(io, options, 'logs', request)) await io.stdout.write(chunk);
  if (io.stop.aborted) throw stopped(io);
  return exitCode.ok;
}

/** The pod of that name, or of that name with the node's behind it, as static pods are called. */
async function podNamed(io: Io, options: Options, namespace: string, name: string): Promise<Pod> {
  const { items } = await askDevice(io, options, 'pods', {}, podsAnswer);
  const here = items.map(({ pod }) => pod as unknown as Pod).filter(({ metadata }) => metadata.namespace === namespace);
  const found =
    here.find(({ metadata }) => metadata.name === name) ??
    here.find(({ metadata, spec }) => metadata.name === `${name}-${spec.nodeName}`);
  if (found !== undefined) return found;
  const hint = 'bramble agent pods lists them';
  throw new CliError(exitCode.notFound, `no pod "${name}" in namespace ${namespace} on this device; ${hint}`);
}
