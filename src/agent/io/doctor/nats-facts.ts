/** Goes the way to a NATS server step by step: name, route, port, greeting, TLS, login; tells where it ends. */

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import * as z from 'zod';
import { fromTimestamp, type Millis, toTimestamp } from '../../../common/lib/time.ts';
import { ConnectError, connectNats } from '../../../common/wire/connect.ts';
import type { NatsAnswer } from '../../ports/doctor.ts';
import { codeOf } from '../kept/durable-files.ts';

const LIMIT: Millis = 4_000;
/** A greeting is a line of about 500 bytes. */
const LONGEST_GREETING = 64 * 1024;
const DEFAULT_PORT = 4222;
const infoSchema = z.object({ version: z.string().max(64), tls_required: z.boolean().optional() });
const claimsSchema = z.object({ exp: z.number().optional() });

/** `use` is given a connection where one is made. */
export async function askNats(
  server: string,
  creds: string | undefined,
  now: Millis,
  use: (connection: NatsConnection) => Promise<void>,
): Promise<NatsAnswer> {
  const url = new URL(server.replace(/^((nats|tls):\/\/)?/, 'http://'));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const unusable = creds === undefined ? undefined : await credentialsFault(creds, now);
  try {
    await lookup(host);
  } catch (error) {
    return { is: 'unknown-name', words: codeOf(error) ?? String(error) };
  }
  const port = Number(url.port || DEFAULT_PORT);
  const greeting = await greet(host, port, server.startsWith('tls:'), now);
  return 'is' in greeting ? greeting : (unusable ?? (await logIn(server, creds, greeting.version, use)));
}

type Greeting = { readonly version: string };

async function greet(host: string, port: number, tls: boolean, now: Millis): Promise<NatsAnswer | Greeting> {
  const socket = connect({ host, port });
  const signal = AbortSignal.timeout(LIMIT);
  try {
    await once(socket, 'connect', { signal });
    const line = await firstLine(socket, signal);
    const info = infoSchema.safeParse(/^INFO /.test(line) ? jsonOf(line.slice(5)) : undefined);
    if (!info.success) return { is: 'no-nats' };
    const fault = tls || info.data.tls_required === true ? await tlsFault(socket, host, signal, now) : undefined;
    return fault ?? { version: info.data.version };
  } catch (error) {
    if (signal.aborted) return { is: 'silent' };
    const code = codeOf(error) ?? '';
    if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return { is: 'no-route' };
    return { is: code === 'ETIMEDOUT' ? 'silent' : code === 'ECONNREFUSED' ? 'refused' : 'no-nats' };
  } finally {
    socket.destroy();
  }
}

/** Empty when the other side ends without one. */
async function firstLine(socket: Socket, signal: AbortSignal): Promise<string> {
  let text = '';
  const take = (chunk: Buffer) => {
    text += chunk.toString('latin1');
  };
  socket.on('data', take);
  const closed = once(socket, 'close', { signal }).then(() => true);
  closed.catch(() => {
    // The limit: the loop below rejects with it.
  });
  try {
    while (!text.includes('\n') && text.length < LONGEST_GREETING) {
      if (await Promise.race([once(socket, 'data', { signal }).then(() => false), closed])) break;
    }
    return text.split('\r\n')[0] ?? '';
  } finally {
    socket.off('data', take);
  }
}

/** In one look at the certificate more may be wrong: its time is told first, which the clock may be to blame for. */
async function tlsFault(
  socket: Socket,
  host: string,
  signal: AbortSignal,
  now: Millis,
): Promise<NatsAnswer | undefined> {
  const secure = connectTls({
    socket,
    servername: /^[\d.]+$|:/.test(host) ? '' : host,
    host,
    rejectUnauthorized: false,
  });
  try {
    await once(secure, 'secureConnect', { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return { is: 'tls-failed', words: codeOf(error) ?? String(error) };
  }
  const { valid_from, valid_to, subject, subjectaltname } = secure.getPeerCertificate();
  const [from, to] = [fromTimestamp(valid_from ?? ''), fromTimestamp(valid_to ?? '')];
  const code = String(secure.authorizationError ?? '');
  secure.destroy();
  if (code === '') return undefined;
  if (from !== undefined && now < from) return { is: 'tls-early', words: `valid from ${toTimestamp(from)}` };
  if (to !== undefined && now > to) return { is: 'tls-expired', words: `valid to ${toTimestamp(to)}` };
  if (/ALTNAME/.test(code)) return { is: 'tls-name', words: subjectaltname ?? `CN=${String(subject?.CN)}` };
  return { is: 'tls-unknown', words: code };
}

/** A .creds file holds a JWT, whose claims may say when it ends. */
async function credentialsFault(path: string, now: Millis): Promise<NatsAnswer | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return { is: 'creds-unreadable', words: `${path}: ${codeOf(error) ?? String(error)}` };
  }
  const jwt = /-----BEGIN NATS USER JWT-----\s*([\w-]+\.([\w-]+)\.[\w-]+)\s*-/.exec(text);
  if (jwt === null || !/-----BEGIN USER NKEY SEED-----/.test(text)) {
    return { is: 'creds-unreadable', words: `${path}: no NATS user JWT and seed in it` };
  }
  const claims = claimsSchema.safeParse(jsonOf(Buffer.from(jwt[2] ?? '', 'base64url').toString('utf8')));
  const expires = claims.success && claims.data.exp !== undefined ? claims.data.exp * 1000 : Number.POSITIVE_INFINITY;
  return now > expires ? { is: 'creds-expired', words: `valid to ${toTimestamp(expires)}` } : undefined;
}

async function logIn(
  servers: string,
  creds: string | undefined,
  version: string,
  use: (connection: NatsConnection) => Promise<void>,
): Promise<NatsAnswer> {
  let connection: NatsConnection;
  try {
    connection = await connectNats({
      servers,
      name: 'bramble doctor',
      lifetime: 'short',
      ...(creds === undefined ? {} : { creds }),
    });
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const expired = error.cause instanceof errors.UserAuthenticationExpiredError;
    if (error.code === 'auth') return { is: expired ? 'creds-expired' : 'creds-refused', words: wordsOf(error) };
    // For an address in place of a name the library checks for the name localhost, unless TLS is asked for.
    if (/altnames/.test(wordsOf(error)))
      return { is: 'tls-name', words: 'with an address say tls:// in place of nats://' };
    return error.code === 'timeout' ? { is: 'silent' } : { is: 'login-failed', words: wordsOf(error) };
  }
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
  return { is: 'connected', version };
}

const wordsOf = ({ cause, message }: ConnectError): string => (cause instanceof Error ? cause.message : message);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is refused by the schema.
    return undefined;
  }
}
