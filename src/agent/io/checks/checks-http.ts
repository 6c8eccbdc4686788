/** Asks over HTTP or HTTPS as the kubelet's probes do: one connection for each request, certificates not verified. */

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CheckResult, HttpCheck } from '../../ports/checks.ts';
import { HttpResponseError } from './chunked-body.ts';
import type { Deadline } from './deadline.ts';
import { type HttpResponse, HttpResponseReader } from './http-response.ts';
import { exchangeWords, hostPort, plain } from './network-words.ts';

type Answer = Pick<HttpResponse, 'status' | 'location'> & { readonly body: string };
/** Where one request of a check goes. */
type Target = Pick<HttpCheck, 'scheme' | 'host' | 'port' | 'path'> & { readonly hostHeader: string };

const MOST_REDIRECTS = 10;
/** Codes with which a Location is followed. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Headers that belong to the connection and the message: never taken from a probe. */
const OWN_HEADERS: readonly string[] = ['host', 'connection', 'content-length', 'transfer-encoding', 'trailer'];

/** Something that the other side did, in words. */
class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

export async function httpCheck(check: HttpCheck, _timeout: number, deadline: Deadline): Promise<CheckResult> {
  const hostHeader = check.headers.find(({ name }) => name.toLowerCase() === 'host')?.value;
  let target: Target = { ...check, hostHeader: hostHeader || hostPort(check.host, check.port) };
  try {
    for (let followed = 0; ; followed += 1) {
      const answer = await ask(target, check.headers, deadline);
      const next = redirected(answer, target, hostHeader || undefined);
      if (next === undefined || check.anyStatus) return resultOf(answer, check.anyStatus);
      if (followed >= MOST_REDIRECTS - 1) throw new CheckFailed(`stopped after ${MOST_REDIRECTS} redirects`);
      target = next;
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why = deadline.passed
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : wordsOf(error, target);
    return { outcome: 'failure', output: `Get "${urlOf(target)}": ${why}` };
  }
}

function resultOf({ status, body }: Answer, anyStatus: boolean): CheckResult {
  if (anyStatus || (status >= 200 && status < 300)) return { outcome: 'success', output: body };
  if (status >= 300 && status < 400) {
    return { outcome: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
  }
  return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
}

/** Where to look next; undefined when the answer stands, as it does when it leads to another host. */
function redirected({ status, location }: Answer, from: Target, hostHeader: string | undefined): Target | undefined {
  if (!location || !REDIRECTS.includes(status)) return undefined;
  if (!URL.canParse(location, urlOf(from))) {
    throw new CheckFailed(`failed to parse Location header "${plain(location)}"`);
  }
  const url = new URL(location, urlOf(from));
  const scheme = url.protocol.slice(0, -1);
  if (url.hostname !== new URL(urlOf(from)).hostname) return undefined;
  if (scheme !== 'http' && scheme !== 'https') throw new CheckFailed(`unsupported protocol scheme "${plain(scheme)}"`);
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  const relative = !URL.canParse(location);
  return {
    ...{ scheme, host: from.host, port, path: `${url.pathname}${url.search}` },
    hostHeader: relative && hostHeader ? hostHeader : url.host,
  };
}

function ask(target: Target, headers: HttpCheck['headers'], deadline: Deadline): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { scheme, host, port } = target;
    const request = requestOf(target, headers);
    const reader = new HttpResponseReader();
    const socket: Socket =
      scheme === 'http'
        ? connect({ host, port })
        : connectTls({ host, port, rejectUnauthorized: false, servername: isIP(host) === 0 ? host : '' });
    const failed = (error: unknown): void => {
      socket.destroy();
      reject(error);
    };
    const read = (step: () => HttpResponse | undefined): void => {
      try {
        const response = step();
        if (response === undefined) return;
        socket.destroy();
        resolve({ ...response, body: response.body.toString() });
      } catch (error) {
        failed(error);
      }
    };
    socket.on('error', failed);
    socket.on('data', (chunk: Buffer) => read(() => reader.push(chunk)));
    socket.on('end', () => read(() => reader.end()));
    socket.write(request, 'latin1');
    deadline.whenPassed(() => failed(new CheckFailed('the time is over')));
  });
}

/** As it stands on the wire: what is no header by the grammar of HTTP is never sent. */
function requestOf({ path, hostHeader }: Target, headers: HttpCheck['headers']): string {
  const given = headers.filter(({ name }) => !OWN_HEADERS.includes(name.toLowerCase()));
  const lines = [{ name: 'Host', value: hostHeader }, ...given, { name: 'Connection', value: 'close' }].map(
    ({ name, value }) => {
      const sent = Buffer.from(value).toString('latin1');
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new CheckFailed(`invalid header field name "${plain(name)}"`);
      if (/[^\t\x20-\x7e\x80-\xff]/.test(sent)) throw new CheckFailed(`invalid header field value for "${name}"`);
      return `${name}: ${sent}\r\n`;
    },
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function wordsOf(error: Error, { host, port, scheme }: Target): string {
  if (error instanceof CheckFailed || error instanceof HttpResponseError) return plain(error.message);
  if (scheme === 'https' && error.message.includes('wrong version number')) {
    return 'http: server gave HTTP response to HTTPS client';
  }
  return exchangeWords(error, hostPort(host, port));
}

function urlOf({ scheme, host, port, path }: Target): string {
  return `${scheme}://${hostPort(host, port)}${path}`;
}
