/**
 * The runtime's streaming addresses for real: an upgrade to SPDY/3.1 and Kubernetes' protocols on it, which every CRI
 * runtime serves: `v4.channel.k8s.io` for processes, `portforward.k8s.io` for connections.
 */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as z from 'zod';
import type { WantedStreams } from '../../ports/cri.ts';
import {
  type ProcessEnd,
  type ProcessStreams,
  type RuntimeStreams,
  RuntimeStreamsError,
  type Writer,
} from '../../ports/runtime-streams.ts';
import { SpdyConnection } from './spdy-connection.ts';

/** Milliseconds for the runtime to answer the upgrade. */
const answerWithin = 30_000;
/** Bytes of the runtime's words on an end that are read. */
const longestWords = 64 * 1024;

/** metav1.Status, as v4.channel.k8s.io writes it on the stream `error`. */
const endStatus = z.object({
  status: z.string().optional(),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z
    .object({ causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).optional() })
    .optional(),
});

export function createRuntimeStreams(): RuntimeStreams {
  return {
    process: async (url, wanted) => {
      const connection = await connect(url, ['v4.channel.k8s.io']);
      try {
        return await processStreams(connection, wanted);
      } catch (error) {
        connection.close();
        throw error;
      }
    },
    forward: async (url, port) => {
      const connection = await connect(url, ['portforward.k8s.io']);
      try {
        const headers = { port: String(port), requestID: '0' };
        const error = await connection.open({ ...headers, streamType: 'error' });
        error.end();
        const data = await connection.open({ ...headers, streamType: 'data' });
        const said = text(error);
        said.catch(() => {});
        // The other direction goes on after the end of this one.
        const from = data.iterator({ destroyOnReturn: false });
        return { to: writer(data), from, error: said, close: () => connection.close() };
      } catch (error) {
        connection.close();
        throw error;
      }
    },
  };
}

async function processStreams(connection: SpdyConnection, { stdin, tty }: WantedStreams): Promise<ProcessStreams> {
  const open = (streamType: string) => connection.open({ streamType });
  const error = await open('error');
  error.end();
  const input = stdin ? await open('stdin') : undefined;
  const output = await open('stdout');
  output.end();
  const errors = tty ? undefined : await open('stderr');
  errors?.end();
  const sizes = tty ? await open('resize') : undefined;
  // Nobody reads from these two.
  input?.resume();
  sizes?.resume();
  // The servers do not always get to end the others: one whose input is full cannot.
  const end = endOf(error).finally(() => {
    for (const stream of [output, errors]) stream?.cut();
  });
  // Whoever waits hears of a failure; without anyone it is none.
  end.catch(() => {});
  return {
    stdin: input && writer(input),
    stdout: output,
    stderr: errors,
    end,
    resize: ({ columns, rows }) => {
      if (sizes?.writable) sizes.write(JSON.stringify({ Width: columns, Height: rows }));
    },
    close: () => connection.close(),
  };
}

async function endOf(error: Duplex): Promise<ProcessEnd> {
  const words = await text(error, (words) => json(words) !== undefined);
  const parsed = endStatus.safeParse(json(words));
  if (!parsed.success) return { error: words === '' ? 'the runtime does not say how it ended' : words };
  const { status, reason, message, details } = parsed.data;
  if (status === 'Success') return { exitCode: 0 };
  const code = details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  if (reason === 'NonZeroExitCode' && code !== undefined && /^\d{1,3}$/.test(code)) return { exitCode: Number(code) };
  return { error: message ?? 'the runtime does not say how it ended' };
}

function json(words: string): unknown {
  try {
    return JSON.parse(words);
  } catch {
    return undefined; // plain words: the schema refuses them
  }
}

/** All that comes, or what has come once it is whole. */
async function text(stream: Duplex, whole: (words: string) => boolean = () => false): Promise<string> {
  let words = '';
  for await (const bytes of stream) {
    if (words.length < longestWords) words += String(bytes);
    if (whole(words)) break;
  }
  return words;
}

function writer(stream: Duplex): Writer {
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (!stream.writable) reject(new RuntimeStreamsError('broken', 'the other end takes no more'));
        else stream.write(bytes, (error) => (error ? reject(broken(error)) : resolve()));
      }),
    end: () => void stream.end(),
  };
}

function broken(cause: Error): RuntimeStreamsError {
  return cause instanceof RuntimeStreamsError ? cause : new RuntimeStreamsError('broken', cause.message, { cause });
}

async function connect(url: string, protocols: readonly string[]): Promise<SpdyConnection> {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol !== 'http:') {
    const advice = 'http is spoken on the device itself: turn TLS streaming of the runtime off';
    throw new RuntimeStreamsError('refused', `the runtime's streaming address is ${JSON.stringify(url)}; ${advice}`);
  }
  return await new Promise((resolve, reject) => {
    const request = httpRequest(address, {
      method: 'POST',
      agent: false,
      headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': [...protocols] },
    });
    request.setTimeout(answerWithin, () => request.destroy(new Error(`no answer within ${answerWithin / 1000} s`)));
    request.on('upgrade', (_response, socket, head) => {
      if (socket instanceof Socket) socket.setTimeout(0);
      resolve(new SpdyConnection(socket, head));
    });
    request.on('response', (response) => void refusal(response).then(reject));
    request.on('error', (cause) =>
      reject(new RuntimeStreamsError('unreachable', `${address.host}: ${cause.message}`, { cause })),
    );
    request.end();
  });
}

async function refusal(response: IncomingMessage): Promise<RuntimeStreamsError> {
  let words = '';
  try {
    for await (const bytes of response) if (words.length < longestWords) words += String(bytes);
  } catch (error) {
    words ||= String(error);
  }
  return new RuntimeStreamsError('refused', `${response.statusCode}: ${words.trim()}`);
}
