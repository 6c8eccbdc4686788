/** The container that files are copied from or to: runs a command there, and tells what became of it. */

import { kinds } from '../../common/model/kinds.ts';
import { exitResult } from '../../common/wire/device-streams.ts';
import type { ClientStream } from '../../common/wire/open-stream.ts';
import { withDeviceStream } from '../device-stream.ts';
import { CliError, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { containerOf, podOf } from '../pods.ts';
import type { Session } from '../session.ts';
import type { Place } from './places.ts';

type InPod = Extract<Place, { in: 'pod' }>;

/** The container that is meant, and how commands are run there. */
export type Remote = {
  readonly container: string | undefined;
  run<T>(command: readonly string[], work: (stream: ClientStream) => Promise<T>): Promise<T>;
};

/** The options of `cp` that say which container it is. */
type RemoteOptions = { readonly container?: string; readonly node?: string };

/** Finds the pod and its container; rejects with CliError when there is none such. */
export async function remoteOf(io: Io, session: Session, place: InPod, options: RemoteOptions): Promise<Remote> {
  const target = { ...session.target, namespace: place.namespace ?? session.target.namespace };
  const pod = await podOf(io, { ...session, target }, { kind: kinds.Pod, name: place.pod }, options.node);
  const { name } = await containerOf(io, pod, options.container);
  return {
    container: name,
    run: async (command, work) => {
      try {
        return await withDeviceStream(
          io,
          session,
          pod,
          ['exec', { container: name, command: [...command], stdin: true }],
          work,
        );
      } catch (error) {
        throw isMissing(error) ? new NoProgram(command[0] ?? '', name, error) : error;
      }
    },
  };
}

const named = (container: string | undefined): string => (container === undefined ? '' : ` "${container}"`);

/** The image has no such program. */
export class NoProgram extends CliError {
  constructor(program: string, container: string | undefined, cause: unknown) {
    const advice = 'bramble cp needs tar in the container; bramble exec -i POD -- PROGRAM < FILE can do without';
    super(exitCode.failed, `the container${named(container)} has no program ${JSON.stringify(program)}: ${advice}`, {
      cause,
    });
  }
}

/** In the words of runc and crun. */
function isMissing(error: unknown): boolean {
  return error instanceof CliError && /executable file not found|no such file or directory/.test(error.message);
}

/** What a command writes; what it complains of is added to `said`. */
export async function* outOf(stream: ClientStream, said: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of stream.receive()) {
    if (piece.channel === 'out') yield piece.bytes;
    else if (piece.channel === 'err' && said.length < 100) said.push(piece.bytes);
  }
}

type Outcome = { readonly exitCode: number; readonly words: string };

/** How a command has ended, and what it said. */
export async function outcome(stream: ClientStream): Promise<Outcome> {
  const said: Uint8Array[] = [];
  for await (const _bytes of outOf(stream, said));
  return { ...exitResult.parse(await stream.result), words: Buffer.concat(said).toString() };
}

/** Throws CliError with tar's words when it has failed. */
export function complain({ container }: Remote, { exitCode: code, words }: Outcome): void {
  if (code === 0) return;
  const told = words.trim() === '' ? `exit code ${code}` : words.trim();
  throw new CliError(exitCode.failed, `tar in the container${named(container)} has failed: ${told}`);
}
