/** `exec`: runs a command in a container, on this terminal or between pipes; its exit code is ours. */

import { kinds } from '../../common/model/kinds.ts';
import { exitResult } from '../../common/wire/device-streams.ts';
import { withDeviceStream } from '../device-stream.ts';
import { usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { containerOf, podOf } from '../pods.ts';
import { note } from '../print/emit.ts';
import { parseOne } from '../resources.ts';
import { withSession } from '../session.ts';
import { terminalSession } from '../terminal-session.ts';
import type { Call } from '../verb.ts';

export type ExecOptions = {
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly container?: string;
  readonly quiet?: boolean;
  readonly node?: string;
};

export async function exec(io: Io, { args, options, globals }: Call<ExecOptions>): Promise<number> {
  const [target, ...command] = args;
  if (target === undefined || command.length === 0)
    throw usageError('name a pod and a command: bramble exec POD -- COMMAND [ARGUMENTS...]');
  const named = parseOne([target], kinds.Pod);
  const { stdin = false, tty = false } = options;
  if (tty && stdin && io.terminal === undefined && options.quiet !== true)
    await note(
      io,
      'Unable to use a terminal here: standard input and output are not one; the command has one all the same',
    );
  return await withSession(io, globals, async (session) => {
    const pod = await podOf(io, session, named, options.node);
    const { name } = await containerOf(options.quiet === true ? quiet(io) : io, pod, options.container);
    const request = { container: name, command, stdin, tty };
    const result = await withDeviceStream(io, session, pod, ['exec', request], (stream) =>
      terminalSession(io, stream, { stdin, tty }),
    );
    const { exitCode } = exitResult.parse(result);
    if (exitCode !== 0 && options.quiet !== true) await note(io, `command terminated with exit code ${exitCode}`);
    return exitCode;
  });
}

/** Without remarks. */
function quiet(io: Io): Io {
  return { ...io, stderr: { ...io.stderr, write: async () => {} } };
}
