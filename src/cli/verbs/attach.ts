/** `attach`: what a container's own process says from now on, and with -i what it hears. */

import { kinds } from '../../common/model/kinds.ts';
import { withDeviceStream } from '../device-stream.ts';
import { CliError, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { containerOf, podOf } from '../pods.ts';
import { note } from '../print/emit.ts';
import { parseOne } from '../resources.ts';
import { withSession } from '../session.ts';
import { terminalSession } from '../terminal-session.ts';
import type { Call } from '../verb.ts';

export type AttachOptions = {
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly container?: string;
  readonly node?: string;
};

export async function attach(io: Io, { args, options, globals }: Call<AttachOptions>): Promise<number> {
  if (args.length !== 1) throw usageError('name one pod or TYPE/NAME');
  const named = parseOne(args, kinds.Pod);
  return await withSession(io, globals, async (session) => {
    const pod = await podOf(io, session, named, options.node);
    const container = await containerOf(io, pod, options.container);
    const { stdin = false } = options;
    if (stdin && !container.stdin)
      throw new CliError(exitCode.failed, `container "${container.name}" hears nothing: its spec has no stdin: true`);
    if (options.tty === true && container.tty === false)
      await note(io, `container "${container.name}" has no terminal: its spec has no tty: true`);
    // A container that has a terminal has one stream, whatever is asked for.
    const tty = container.tty ?? options.tty ?? false;
    if (stdin && tty) await note(io, "If you don't see a command prompt, try pressing enter.");
    await withDeviceStream(io, session, pod, ['attach', { container: container.name, stdin, tty }], (stream) =>
      terminalSession(io, stream, { stdin, tty }),
    );
    return exitCode.ok;
  });
}
