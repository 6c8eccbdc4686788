/** Asks a gRPC server for its health (grpc.health.v1), over HTTP/2 without TLS: one call on a connection of its own. */

import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import type { Millis } from '../../../common/lib/time.ts';
import type { CheckResult, GrpcCheck } from '../../ports/checks.ts';
import { int, message, ProtobufError, string } from '../cri/protobuf.ts';
import type { Deadline } from './deadline.ts';
import { exchangeWords, hostPort, plain } from './network-words.ts';

const REQUEST = message({ service: [1, string] });
const RESPONSE = message({ status: [1, int] });
/** HealthCheckResponse.ServingStatus. */
const STATES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
/** gRPC's status codes by number. */
const CODES = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists'],
  ...['PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented'],
  ...['Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
];
/** A frame's flag and length before each message. */
const PREFIX = 5;
/** An answer is a few bytes long. */
const LONGEST_ANSWER = 64 * 1024;

type Answer = { readonly headers: IncomingHttpHeaders; readonly trailers: IncomingHttpHeaders; readonly body: Buffer };

export async function grpcCheck(check: GrpcCheck, timeout: Millis, deadline: Deadline): Promise<CheckResult> {
  const address = hostPort(check.host, check.port);
  const seconds = `${timeout / 1000}s`;
  const session = connect(`http://${address}`);
  /** Rejects with what becomes of the connection before there is an answer. */
  const broken = new Promise<never>((_, reject) => {
    session.on('error', reject);
    session.on('close', () => reject(new Error('the connection was closed')));
    deadline.whenPassed(() => reject(new Error('the time is over')));
  });
  let connected = false;
  try {
    await Promise.race([broken, once(session, 'remoteSettings')]);
    connected = true;
    return resultOf(await Promise.race([broken, ask(session, check.service, timeout)]), seconds);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const late = connected
      ? `timeout: health rpc did not complete within ${seconds}`
      : `timeout: failed to connect service "${address}" within ${seconds}: context deadline exceeded`;
    const words = error instanceof ProtobufError ? plain(error.message) : exchangeWords(error, address);
    const failed = connected
      ? `error: health rpc probe failed: ${words}`
      : `error: failed to connect service at "${address}": ${words}`;
    return { outcome: 'failure', output: deadline.passed ? late : failed };
  } finally {
    session.destroy();
  }
}

function ask(session: ClientHttp2Session, service: string, timeout: Millis): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.36',
      'grpc-timeout': `${Math.min(Math.ceil(timeout), 99_999_999)}m`,
    });
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('response', (received) => {
      headers = received;
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > LONGEST_ANSWER) reject(new Error(`answer of more than ${LONGEST_ANSWER} bytes`));
    });
    stream.on('error', reject);
    stream.on('end', () => resolve({ headers, trailers, body: Buffer.concat(chunks) }));
    const request = REQUEST.encode({ service });
    const prefix = Buffer.alloc(PREFIX);
    prefix.writeUInt32BE(request.length, 1);
    stream.end(Buffer.concat([prefix, request]));
  });
}

function resultOf({ headers, trailers, body }: Answer, seconds: string): CheckResult {
  const failure = (output: string): CheckResult => ({ outcome: 'failure', output });
  // A server that refuses at once says so in the headers.
  const said = trailers['grpc-status'] === undefined ? headers : trailers;
  const status = said['grpc-status'];
  if (status === undefined) {
    return failure(`error: health rpc probe failed: no gRPC server: HTTP status ${headers[':status'] ?? 'missing'}`);
  }
  const code = CODES[Number(status)] ?? `Code(${plain(String(status))})`;
  const words = wordsOf(said['grpc-message']);
  switch (code) {
    case 'OK':
      return servingOf(body);
    case 'Unimplemented':
      return failure(
        `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${words}`,
      );
    case 'DeadlineExceeded':
      return failure(`timeout: health rpc did not complete within ${seconds}`);
    default:
      return failure(`error: health rpc probe failed: rpc error: code = ${code} desc = ${words}`);
  }
}

function servingOf(body: Buffer): CheckResult {
  if (body.length < PREFIX) return { outcome: 'failure', output: 'error: health rpc probe failed: an empty answer' };
  const { status } = RESPONSE.decode(body.subarray(PREFIX));
  const state = STATES[status] ?? String(status);
  return state === 'SERVING'
    ? { outcome: 'success', output: 'service healthy' }
    : { outcome: 'failure', output: `service unhealthy (responded with "${state}")` };
}

/** Percent-encoded, as gRPC sends its messages. */
function wordsOf(header: string | string[] | undefined): string {
  const text = String(header ?? '');
  try {
    return plain(decodeURIComponent(text));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return plain(text);
  }
}
