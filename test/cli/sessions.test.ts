import test, { type ExecutionContext } from 'ava';
import { portPair } from '../../src/cli/ports.ts';
import { wholeLines } from '../../src/cli/print/whole-lines.ts';
import { terminalSession } from '../../src/cli/terminal-session.ts';
import { realClock } from '../../src/common/actor/clock.ts';
import { openStream } from '../../src/common/wire/open-stream.ts';
import { type StreamHandler, serveStream } from '../../src/common/wire/serve-stream.ts';
import { type Piece, StreamError } from '../../src/common/wire/stream.ts';
import { clientRig } from './client-rig.ts';

const rig = clientRig(test);

/** A terminal in memory, at which a person types `keys`. */
function terminal(keys: readonly string[]) {
  const state = { raw: false, restored: 0, watched: 0, out: '', size: { columns: 80, rows: 24 } };
  let resized = (): void => {};
  const write = (data: string | Uint8Array): void => {
    state.out += Buffer.from(data).toString();
  };
  const io = {
    ...rig.client.io(),
    stdout: { isTTY: true, write: async (data: string | Uint8Array) => write(data) },
    stdin: async function* (signal: AbortSignal) {
      for (const key of keys) yield Buffer.from(key);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    terminal: {
      raw: () => {
        state.raw = true;
        return () => {
          state.raw = false;
          state.restored += 1;
        };
      },
      size: () => state.size,
      onResize: (listener: () => void) => {
        resized = listener;
        state.watched += 1;
        return () => {
          state.watched -= 1;
        };
      },
    },
  };
  return {
    ...{ io, state },
    resize: (columns: number, rows: number) => {
      state.size = { columns, rows };
      resized();
    },
  };
}

async function session(t: ExecutionContext, subject: string, handler: StreamHandler) {
  const stop = serveStream(rig.master.nats, subject, { clock: realClock }, handler);
  t.teardown(stop);
  await rig.master.nats.flush();
  return openStream(rig.master.nats, subject, {}, { clock: realClock });
}

const shown = (piece: Piece): string =>
  piece.channel === 'word' ? JSON.stringify(piece.word) : Buffer.from(piece.bytes).toString();

test('a terminal hands over keys and sizes as they come, and is as it was at the end', async (t) => {
  const { io, state, resize } = terminal(['l', 's', '\u0003']);
  const heard: string[] = [];
  const stream = await session(t, 'bramble.test.tty', async (_request, end) => {
    for await (const piece of end.receive()) {
      heard.push(shown(piece));
      if (heard.length === 4) {
        t.true(state.raw);
        resize(100, 30);
      }
      if (heard.length === 5) break;
    }
    await end.write(Buffer.from('bye'));
    return { exitCode: 130 };
  });
  t.deepEqual(await terminalSession(io, stream, { stdin: true, tty: true }), { exitCode: 130 });
  t.deepEqual(heard, ['{"columns":80,"rows":24}', 'l', 's', '\u0003', '{"columns":100,"rows":30}']);
  t.like(state, { raw: false, restored: 1, watched: 0, out: 'bye' });
});

test('a terminal is given back whatever happens to the stream', async (t) => {
  const { io, state } = terminal(['x']);
  const stream = await session(t, 'bramble.test.broken', async () => {
    throw new StreamError('not-running', 'it does not run');
  });
  await t.throwsAsync(terminalSession(io, stream, { stdin: true, tty: true }), { code: 'not-running' });
  t.like(state, { raw: false, restored: 1, watched: 0 });
});

test('ports are read as LOCAL:REMOTE, one for both, any local one, or by name', (t) => {
  const ports = [{ name: 'http', containerPort: 8080 }];
  const container = { name: 'main', stdin: false, tty: false, init: false, restartPolicy: 'Always', ports } as const;
  const pair = (text: string) => portPair(text, [container]);
  t.deepEqual(pair('80'), { local: 80, remote: 80 });
  t.deepEqual(pair('8000:80'), { local: 8000, remote: 80 });
  t.deepEqual(pair(':80'), { local: 0, remote: 80 });
  t.deepEqual(pair('9000:http'), { local: 9000, remote: 8080 });
  t.throws(() => pair('9000:https'), { message: /no port named "https"; it has http/ });
  for (const bad of ['', '0', '70000', '1:2:3', 'x:80', '70000:80', '-1', '80:'])
    t.throws(() => pair(bad), { message: /is no port|no port named/ }, bad);
});

test('several that write at once keep to whole lines', async (t) => {
  let out = '';
  const sink = {
    write: async (data: string | Uint8Array) => {
      out += Buffer.from(data).toString();
    },
  };
  const [a, b] = [wholeLines(sink, '[a] '), wholeLines(sink, '')];
  await a.write('one\ntw');
  await b.write('else');
  await a.write('o\n');
  await b.end();
  await a.end();
  t.is(out, '[a] one\n[a] two\nelse\n');
});
