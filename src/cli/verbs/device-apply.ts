/** `agent apply` and `agent delete`: pods that people on the device give it, and take from it. */

import { pause } from '../../common/actor/pause.ts';
import { kinds, resourceFor } from '../../common/model/kinds.ts';
import { applyAnswer, deleteAnswer, podsAnswer } from '../../common/wire/local-protocol.ts';
import { askDevice, type DeviceFlags } from '../device-client.ts';
import { CliError, type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { readSources } from '../manifest/files.ts';
import { say } from '../print/emit.ts';
import { parseWanted } from '../resources.ts';
import { stopped } from '../until.ts';
import type { Call } from '../verb.ts';

type FileFlags = DeviceFlags & { readonly filename?: readonly string[]; readonly recursive?: boolean };
type DeleteFlags = FileFlags & { readonly wait?: boolean; readonly timeout?: number };

/** How often it is looked whether deleted pods are gone, in milliseconds. */
const LOOK = 100;

export async function apply(io: Io, { options, globals: { namespace } }: Call<FileFlags>): Promise<ExitCode> {
  const request = { files: await filesOf(io, options), namespace };
  const { pods } = await askDevice(io, options, 'apply', request, applyAnswer);
  for (const { name, what } of pods) await say(io, `pod/${name} ${what}`);
  return exitCode.ok;
}

export async function remove(io: Io, { args, options, globals }: Call<DeleteFlags>): Promise<ExitCode> {
  if (args.length > 0 === (options.filename !== undefined)) throw usageError('name pods, or give manifests (-f)');
  const files = options.filename === undefined ? [] : await filesOf(io, options);
  const names = args.length === 0 ? [] : podNames(args);
  const named = names.map((name) => ({ namespace: globals.namespace ?? 'default', name }));
  const { pods } = await askDevice(
    io,
    options,
    'delete',
    { pods: named, files, namespace: globals.namespace },
    deleteAnswer,
  );
  for (const { name } of pods) await say(io, `pod "${name}" deleted`);
  if (options.wait !== false) {
    const uids = new Set(pods.map(({ uid }) => uid));
    await untilGone(io, options, uids);
  }
  return exitCode.ok;
}

/** `pod web other`, `pod/web`, and plain `web`: there are only pods here. */
function podNames(args: readonly string[]): readonly string[] {
  const [first = ''] = args;
  if (!first.includes('/') && resourceFor(first) === undefined) return args;
  const wanted = parseWanted(args);
  if (wanted.some(({ kind }) => kind.kind !== kinds.Pod.kind)) throw usageError('an agent knows pods only');
  const names = wanted.flatMap((one) => one.names);
  if (names.length === 0) throw usageError('name the pods to delete; bramble agent pods lists them');
  return names;
}

async function filesOf(io: Io, { filename, recursive }: FileFlags) {
  const sources = await readSources(io, filename ?? [], recursive ?? false);
  return sources.map(({ name, bytes }) => {
    try {
      return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch (error) {
      throw new CliError(exitCode.usage, `${name}: not UTF-8 text; manifests are YAML or JSON in UTF-8`, {
        cause: error,
      });
    }
  });
}

async function untilGone(io: Io, options: DeleteFlags, uids: ReadonlySet<string>): Promise<void> {
  const deadline = options.timeout ? io.clock.now() + options.timeout : undefined;
  for (;;) {
    const { items } = await askDevice(io, options, 'pods', {}, podsAnswer);
    if (!items.some(({ pod }) => uids.has(pod.metadata.uid ?? ''))) return;
    if (deadline !== undefined && io.clock.now() >= deadline) {
      throw new CliError(exitCode.timedOut, 'timed out waiting for the pods to be gone; they are still ending');
    }
    await pause(io.clock, LOOK, io.stop);
    if (io.stop.aborted) throw stopped(io);
  }
}
