/** Asks the agent of this device over its own socket: no network, no master. */

import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { z } from 'zod';
import { localFailure, localSocketName, streamErrorTrailer } from '../common/wire/local-protocol.ts';
import { CliError, exitCode } from './errors.ts';
import type { Io } from './io.ts';

export type DeviceFlags = { readonly socket?: string };
/** The largest answer that is read, in bytes, and milliseconds without a word after which an agent counts as hanging. */
const maxAnswer = 64 * 1024 * 1024;
const patience = 30_000;

/** `agent.sock` in `$BRAMBLE_RUN_DIR`, which is `/run/bramble` unless the agent was started with another `--run-dir`. */
export function socketPath(io: Io, { socket }: DeviceFlags): string {
  return socket ?? join(io.env['BRAMBLE_RUN_DIR'] || '/run/bramble', localSocketName);
}

/** One question and its answer. Throws CliError for every failure that the user can act on. */
export async function askDevice<T>(
  io: Io,
  flags: DeviceFlags,
  verb: string,
  body: unknown,
  schema: z.ZodType<T>,
): Promise<T> {
  const path = socketPath(io, flags);
  const response = await post(io, path, verb, body, patience);
  return parsed(schema, await textOf(response, maxAnswer), path);
}

/** A stream of bytes, until the agent ends it. Throws CliError with the agent's words when it ended early. */
export async function* streamFromDevice(
  io: Io,
  flags: DeviceFlags,
  verb: string,
  body: unknown,
): AsyncGenerator<Uint8Array> {
  const response = await post(io, socketPath(io, flags), verb, body);
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    if (io.stop.aborted) return;
    throw new CliError(exitCode.unreachable, 'the agent ended before the stream did', { cause: error });
  }
  const why = response.trailers[streamErrorTrailer];
  if (why !== undefined) throw new CliError(exitCode.failed, decodeURIComponent(why));
}

/** `timeout`: milliseconds; without it the agent may be silent for ever. */
async function post(io: Io, path: string, verb: string, body: unknown, timeout?: number): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { socketPath: path, path: `/v1/${verb}`, method: 'POST', signal: io.stop };
    const asking = request({ ...options, ...(timeout === undefined ? {} : { timeout }) }, resolve);
    asking.on('timeout', () =>
      asking.destroy(new CliError(exitCode.unreachable, `the agent at ${path} does not answer`)),
    );
    asking.on('error', (error) => reject(io.stop.aborted ? new CliError(exitCode.interrupted, '') : told(error, path)));
    asking.end(JSON.stringify(body));
  });
  if (response.statusCode === 200) return response;
  const { code, message } = parsed(localFailure, await textOf(response, maxAnswer), path);
  const exits = { invalid: exitCode.usage, 'not-found': exitCode.notFound, failed: exitCode.failed } as const;
  throw new CliError(exits[code], message);
}

async function textOf(response: IncomingMessage, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > limit) throw new CliError(exitCode.failed, `the agent's answer is larger than ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function parsed<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(exitCode.failed, `what answers at ${path} is no Bramble agent`, { cause: error });
  }
  const answer = schema.safeParse(value);
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const where = `${issue?.path.join('.')}: ${issue?.message}`;
  throw new CliError(exitCode.failed, `the agent at ${path} answers otherwise than this client knows (${where})`);
}

function told(error: Error, path: string): Error {
  if (error instanceof CliError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    return new CliError(exitCode.unreachable, `only root may use the agent's socket ${path}: try sudo`, {
      cause: error,
    });
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    const lines = [
      `no agent answers at ${path}`,
      'Check:',
      '  is it up:    systemctl status bramble-agent',
      '  the socket:  --socket PATH, or BRAMBLE_RUN_DIR where the agent has another --run-dir',
    ];
    return new CliError(exitCode.unreachable, lines.join('\n'), { cause: error });
  }
  return new CliError(exitCode.unreachable, `the agent at ${path} can not be asked: ${error.message}`, {
    cause: error,
  });
}
