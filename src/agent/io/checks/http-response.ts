/**
 * Reads one answer of HTTP/1.x from its bytes as they come: as much as a probe needs of it. Node's own client costs twice the
 * CPU for each request, and a device makes thousands of them.
 */

import { ChunkedBody, HttpResponseError } from './chunked-body.ts';

/** `body` is its beginning. */
export type HttpResponse = { readonly status: number; readonly location: string | undefined; readonly body: Buffer };

type Head = Pick<HttpResponse, 'status' | 'location'> & {
  readonly chunked: boolean;
  /** Of the body in bytes; undefined: it goes on until the connection is closed. */
  readonly length: number | undefined;
};

const LONGEST_HEAD = 16 * 1024;
const LONGEST_BODY = 10 * 1024;
const EMPTY_STATUSES: readonly number[] = [204, 304];

export class HttpResponseReader {
  #bytes: Buffer = Buffer.alloc(0);
  #head: Head | undefined;
  readonly #chunks = new ChunkedBody(LONGEST_BODY);

  /** The response, once its body is complete or long enough. Throws HttpResponseError. */
  push(chunk: Buffer): HttpResponse | undefined {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#head ??= this.#takeHead();
    return this.#head && this.#complete(this.#head, false);
  }

  /** The response, when the connection was closed. Throws HttpResponseError when it is not complete. */
  end(): HttpResponse {
    const response = this.#head && this.#complete(this.#head, true);
    if (response !== undefined) return response;
    throw new HttpResponseError(this.#bytes.length === 0 && this.#head === undefined ? 'EOF' : 'unexpected EOF');
  }

  /** Passes over answers that only announce one. */
  #takeHead(): Head | undefined {
    for (;;) {
      const text = this.#bytes.toString('latin1', 0, LONGEST_HEAD);
      const end = /\r?\n\r?\n/.exec(text);
      // What is no HTTP may never have an empty line.
      if (!'HTTP/1.'.startsWith(text.slice(0, 7))) throw malformed(text);
      if (end === null) {
        if (text.length < LONGEST_HEAD) return undefined;
        throw new HttpResponseError(`server response headers exceeded ${LONGEST_HEAD} bytes`);
      }
      this.#bytes = this.#bytes.subarray(end.index + end[0].length);
      const head = headOf(text.slice(0, end.index));
      if (head.status >= 200 || head.status === 101) return head;
    }
  }

  #complete({ status, location, chunked, length }: Head, closed: boolean): HttpResponse | undefined {
    if (chunked) {
      this.#bytes = this.#chunks.take(this.#bytes);
      return this.#chunks.done ? { status, location, body: this.#chunks.body() } : undefined;
    }
    const needed = Math.min(length ?? LONGEST_BODY, LONGEST_BODY);
    const enough = this.#bytes.length >= needed || (closed && length === undefined);
    return enough ? { status, location, body: this.#bytes.subarray(0, needed) } : undefined;
  }
}

function headOf(text: string): Head {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const status = Number(/^HTTP\/1\.\d (\d{3})(?: |$)/.exec(first)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) throw malformed(first);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(':');
    if (at > 0) headers.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
  const length = headers.get('content-length');
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new HttpResponseError(`bad Content-Length "${length}"`);
  const empty = EMPTY_STATUSES.includes(status) || status < 200;
  return {
    status,
    location: headers.get('location'),
    chunked: !empty && /\bchunked$/i.test(headers.get('transfer-encoding') ?? ''),
    length: empty ? 0 : length === undefined ? undefined : Number(length),
  };
}

function malformed(text: string): HttpResponseError {
  return new HttpResponseError(`malformed HTTP response ${JSON.stringify(text.slice(0, 40))}`);
}
