import test from 'ava';
import { withProgress } from '../../../src/cli/copy/progress.ts';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';

async function* pieces(clock: FakeClock): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < 4; count += 1) {
    yield Buffer.alloc(1024 * 1024);
    await clock.advance(100);
  }
}

async function copied(isTTY: boolean): Promise<{ readonly bytes: number; readonly said: string }> {
  const clock = new FakeClock();
  let said = '';
  const sink = {
    isTTY,
    write: async (text: string | Uint8Array) => {
      said += text;
    },
  };
  let bytes = 0;
  for await (const piece of withProgress(pieces(clock), 'big', { sink, clock })) bytes += piece.length;
  return { bytes, said };
}

test('a terminal is told how far it is, five times a second at most, and what it was at the end', async (t) => {
  const { bytes, said } = await copied(true);
  t.is(bytes, 4 * 1024 * 1024);
  t.deepEqual(
    said.split('\r').map((line) => line.replace('\u001b[K', '')),
    ['', 'big: 3.0 MiB, 15.0 MiB/s', 'big: 4.0 MiB, 10.0 MiB/s\n'],
  );
});

test('what is no terminal is told nothing', async (t) => {
  t.deepEqual(await copied(false), { bytes: 4 * 1024 * 1024, said: '' });
});
