import test from 'ava';
import fc from 'fast-check';
import { HttpResponseError } from '../../../../src/agent/io/checks/chunked-body.ts';
import { type HttpResponse, HttpResponseReader } from '../../../../src/agent/io/checks/http-response.ts';

/** Reads what comes in pieces, then the end of the connection. */
function read(pieces: readonly string[]): {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
} {
  const reader = new HttpResponseReader();
  let response: HttpResponse | undefined;
  for (const piece of pieces) response ??= reader.push(Buffer.from(piece, 'latin1'));
  const { status, location, body } = response ?? reader.end();
  return { status, location, body: body.toString('latin1') };
}
const pieces = (text: string, cuts: readonly number[]): readonly string[] => {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
};
const chunked = (body: string, size: number) =>
  `${(body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []).map((one) => `${one.length.toString(16)};x=y\r\n${one}\r\n`).join('')}0\r\n\r\n`;

test('however an answer is cut into pieces and its body is framed, it reads the same', (t) => {
  const bodies = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.constant('\r\n\r\n0\r\n'),
    fc.constant('z'.repeat(12_000)),
  );
  const framings = fc.constantFrom('length', 'chunked', 'close');
  fc.assert(
    fc.property(
      bodies,
      framings,
      fc.array(fc.nat(20_000)),
      fc.integer({ min: 200, max: 599 }),
      (body, how, cuts, status) => {
        const head = `HTTP/1.1 ${status} Some Words\r\nlocation:  /next \r\n`;
        const text = {
          length: `${head}Content-Length: ${body.length}\r\n\r\n${body}`,
          chunked: `${head}Transfer-Encoding: gzip, chunked\r\n\r\n${chunked(body, 7)}`,
          close: `${head}\r\n${body}`,
        }[how];
        const empty = status === 204 || status === 304;
        const expected = { status, location: '/next', body: empty ? '' : body.slice(0, 10 * 1024) };
        t.deepEqual(read(pieces(`HTTP/1.1 100 Continue\r\n\r\n${text}`, cuts)), expected);
      },
    ),
  );
});

test('what is no answer, or not the whole of it, is refused', (t) => {
  const refused = (text: string, words: RegExp) =>
    t.throws(() => read([text]), { instanceOf: HttpResponseError, message: words });
  refused('', /^EOF$/);
  refused('HTTP/1.1 200', /^unexpected EOF$/);
  refused('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc', /^unexpected EOF$/);
  refused('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc', /^unexpected EOF$/);
  refused('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', /malformed chunked encoding/);
  refused('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', /bad Content-Length/);
  refused('HTTP/1.1 OK\r\n\r\n', /malformed HTTP response/);
  refused('220 mail.test ESMTP\r\n', /malformed HTTP response/);
  refused(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, /headers exceeded/);
});

test('whatever bytes come, reading ends in an answer or a refusal', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary-ascii' })), fc.boolean(), (list, http) => {
      try {
        read(http ? ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', ...list] : list);
      } catch (error) {
        t.true(error instanceof HttpResponseError);
      }
    }),
  );
});
