/** Asks over HTTP or HTTPS as the kubelet's probes do: one connection for each request, certificates not verified. */

import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { CheckResult, HttpCheck } from '../ports/checks.ts';
import { exchangeWords, hostPort, plain } from './network-words.ts';

type Answer = { readonly status: number; readonly location: string | undefined; readonly body: string };
/** Where one request of a check goes. */
type Target = Pick<HttpCheck, 'scheme' | 'host' | 'port' | 'path'> & { readonly hostHeader: string };

const LONGEST_BODY = 10 * 1024;
const MOST_REDIRECTS = 10;
/** Codes with which a Location is followed. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Headers that belong to the connection and the message: never taken from a probe. */
const OWN_HEADERS: readonly string[] = ['host', 'connection', 'content-length', 'transfer-encoding', 'trailer'];

/** Something that the other side did, in words. */
class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

export async function httpCheck(check: HttpCheck, _timeout: number, ended: AbortSignal): Promise<CheckResult> {
  const hostHeader = check.headers.find(({ name }) => name.toLowerCase() === 'host')?.value;
  let target: Target = { ...check, hostHeader: hostHeader || hostPort(check.host, check.port) };
  try {
    for (let followed = 0; ; followed += 1) {
      const answer = await ask(target, check.headers, ended);
      const next = redirected(answer, target, hostHeader || undefined);
      if (next === undefined || check.anyStatus) return resultOf(answer, check.anyStatus);
      if (followed >= MOST_REDIRECTS - 1) throw new CheckFailed(`stopped after ${MOST_REDIRECTS} redirects`);
      target = next;
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why = ended.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting the response)'
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

function ask(target: Target, headers: HttpCheck['headers'], ended: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { scheme, host, port, path } = target;
    const given = headers.filter(({ name }) => !OWN_HEADERS.includes(name.toLowerCase()));
    const options: RequestOptions = {
      ...{ host, port, path, agent: false, signal: ended },
      headers: ['Host', target.hostHeader, ...given.flatMap(({ name, value }) => [name, value]), 'Connection', 'close'],
    };
    const request =
      scheme === 'http'
        ? requestHttp(options)
        : requestHttps({ ...options, rejectUnauthorized: false, servername: isIP(host) === 0 ? host : '' });
    request.on('response', (response) => {
      read(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body });
        request.destroy();
      }, reject);
    });
    request.on('error', reject);
    request.end();
  });
}

/** The beginning of the body; what comes after it is not waited for. */
async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= LONGEST_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, LONGEST_BODY).toString();
}

function wordsOf(error: Error & { readonly code?: string }, { host, port, scheme }: Target): string {
  if (error instanceof CheckFailed) return error.message;
  if (error.code?.startsWith('HPE_')) return `malformed HTTP response: ${plain(error.message)}`;
  if (scheme === 'https' && error.message.includes('wrong version number')) {
    return 'http: server gave HTTP response to HTTPS client';
  }
  return exchangeWords(error, hostPort(host, port));
}

function urlOf({ scheme, host, port, path }: Target): string {
  return `${scheme}://${hostPort(host, port)}${path}`;
}
