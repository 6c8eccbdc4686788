/**
 * One gRPC connection to a CRI runtime: calls with limits, and gRPC's errors as CriError. It connects at the first call
 * and again whenever the runtime has restarted.
 */
import { Client, type ClientReadableStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import { CriError, type CriErrorCode } from '../../ports/cri.ts';
import type { Method } from './cri-messages.ts';

/** Answers and requests of more bytes are refused: as the kubelet's limit. */
const LARGEST_MESSAGE = 16 * 1024 * 1024;
/** Of an error's text that is kept. */
const LONGEST_WORDS = 2048;

const CODES: Readonly<Partial<Record<status, CriErrorCode>>> = {
  [status.UNAVAILABLE]: 'unavailable',
  [status.CANCELLED]: 'unavailable', // by close(), or the runtime does while it ends
  [status.UNIMPLEMENTED]: 'unsupported',
  [status.NOT_FOUND]: 'not-found',
  [status.ALREADY_EXISTS]: 'exists',
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.DEADLINE_EXCEEDED]: 'timeout', // a limit of the runtime's own
};

export type CriConnection = {
  /** One question, one answer; rejects with CriError, after `within` milliseconds at the latest; `unavailable` after an abort. */
  call<Q, A>(method: Method<Q, A>, request: Q, within: Millis, signal?: AbortSignal): Promise<A>;
  /** One question, answers until the signal or an error (CriError). */
  stream<Q, A>(method: Method<Q, A>, request: Q, signal: AbortSignal): AsyncGenerator<A, void>;
  /** Ends the connection: calls under way reject with `unavailable`. */
  close(): void;
};

/**
 * `socket` is the path of the runtime's unix socket. Limits are kept by the clock given and not by gRPC, whose deadlines are
 * times of the wall clock: those move when the clock is set.
 */
export function connectSocket(socket: string, clock: Pick<Clock, 'timer'>): CriConnection {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': LARGEST_MESSAGE,
    'grpc.max_send_message_length': LARGEST_MESSAGE,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.default_authority': 'localhost',
  });
  const streams = new Set<ClientReadableStream<unknown>>();
  let closed = false;

  return {
    call: (method, request, within, signal) =>
      new Promise((resolve, reject) => {
        if (closed || signal?.aborted) {
          const why = closed ? 'the connection to the runtime is closed' : 'nobody waits for an answer any more';
          reject(new CriError('unavailable', why));
          return;
        }
        let late = false;
        const call = client.makeUnaryRequest(
          method.path,
          (value: typeof request) => method.encode(value),
          (bytes) => method.decode(bytes),
          request,
          (error, answer) => {
            cancelTimer();
            signal?.removeEventListener('abort', cancel);
            if (error === null && answer !== undefined) resolve(answer);
            else if (late) reject(new CriError('timeout', `no answer within ${within / 1000} s`, { cause: error }));
            else reject(criErrorOf(error, socket));
          },
        );
        const cancel = (): void => call.cancel();
        signal?.addEventListener('abort', cancel, { once: true });
        const cancelTimer = clock.timer(within, () => {
          late = true;
          cancel();
        });
      }),
    stream: async function* (method, request, signal) {
      if (closed || signal.aborted) return;
      const call = client.makeServerStreamRequest(
        method.path,
        (value: typeof request) => method.encode(value),
        (bytes) => method.decode(bytes),
        request,
      );
      streams.add(call);
      const cancel = () => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        for await (const answer of call) yield answer;
      } catch (error) {
        if (!signal.aborted) throw criErrorOf(error, socket);
      } finally {
        signal.removeEventListener('abort', cancel);
        streams.delete(call);
        call.cancel();
      }
    },
    close: () => {
      closed = true;
      for (const call of streams) call.cancel();
      client.close();
    },
  };
}

/** What containerd answers, under the code of any error, while it looks for what it ran before it was started. */
const STARTING = /server is not initialized yet/;

/** The runtime's own words, without control characters and ids that nobody can look up any more, and at most 2 KiB. */
function criErrorOf(error: unknown, socket: string): CriError {
  if (!isServiceError(error)) return new CriError('failed', String(error), { cause: error });
  const words = plain(error.details);
  const code = STARTING.test(words) ? 'unavailable' : (CODES[error.code] ?? 'failed');
  return new CriError(code, code === 'unavailable' ? `no runtime answers on ${socket}${why(words)}` : words);
}

/** What the transport knows of the reason: it says «Last error: …», which may be nothing yet. */
function why(words: string): string {
  const found = /Last error: (.*?)\.? Resolution note:/.exec(words)?.[1] ?? words;
  return found === 'null' || found === '' ? ': is it running?' : `: ${found}`;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.details === 'string';
}

/** Ids of what was never made are others at each try: with them one Event would become many. Digests say what is meant. */
const LOST_ID = /(?<![:\w])[0-9a-f]{64}(?!\w)/g;

function plain(text: string): string {
  const clean = text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(LOST_ID, '…')
    .trim();
  return clean.length > LONGEST_WORDS ? `${clean.slice(0, LONGEST_WORDS)}…` : clean;
}
