/** A manifest behind a URL: asked for with the ETag of what is known, bounded in size, time and redirects. */

import type { ManifestUrl, UrlAnswer } from '../../ports/manifests.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 5;
const LIMIT = 10_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** `headers`: for proxies and passwords; they go to no other origin than the URL's. */
export function createManifestUrl(url: string, headers: Readonly<Record<string, string>>): ManifestUrl {
  return {
    url: withoutPassword(url),
    async get(etag, signal) {
      try {
        return await get(url, headers, etag, AbortSignal.any([signal, AbortSignal.timeout(LIMIT)]));
      } catch (error) {
        return { problem: wordsOf(error) };
      }
    },
  };
}

async function get(
  start: string,
  headers: Readonly<Record<string, string>>,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<UrlAnswer> {
  const { origin } = new URL(start);
  let url = new URL(start);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const { target, authorization } = credentials(url);
    const response = await fetch(target, {
      headers: {
        ...authorization,
        ...(url.origin === origin ? headers : {}),
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
      },
      redirect: 'manual',
      signal,
    });
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) return await answerOf(response, etag);
    await response.body?.cancel();
    url = new URL(location, url);
    if (!/^https?:$/.test(url.protocol)) return { problem: `redirects to ${url.protocol}` };
  }
  return { problem: `more than ${MAX_REDIRECTS} redirects` };
}

async function answerOf(response: Response, etag: string | undefined): Promise<UrlAnswer> {
  if (response.status === 304 && etag !== undefined) return { unchanged: true };
  if (response.status !== 200) {
    await response.body?.cancel();
    return { problem: `answers with status ${response.status} ${response.statusText}`.trim() };
  }
  const content = await bodyOf(response);
  if (content === undefined) return { problem: `larger than ${MAX_BYTES} bytes` };
  if (content.length === 0) return { problem: 'the answer is empty' };
  return { content, etag: response.headers.get('etag') ?? undefined };
}

/** Undefined when it is too large. */
async function bodyOf(response: Response): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** `https://user:password@host`: fetch takes no credentials in URLs. */
function credentials(url: URL): { readonly target: URL; readonly authorization: Record<string, string> } {
  if (url.username === '' && url.password === '') return { target: url, authorization: {} };
  const target = new URL(url);
  target.username = '';
  target.password = '';
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { target, authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

/** As it may stand in logs. */
function withoutPassword(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${LIMIT / 1000} s`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.message || cause.code}` : cause.message;
}
