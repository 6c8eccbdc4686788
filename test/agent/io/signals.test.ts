import test from 'ava';
import { signalNumber } from '../../../src/agent/io/signals.ts';

test('signals have the numbers of Linux, real-time ones those that runtimes give them', (t) => {
  t.deepEqual(
    ['SIGTERM', 'SIGUSR1', 'SIGCLD', 'SIGIOT', 'SIGRTMIN', 'SIGRTMIN+3', 'SIGRTMAX-1', 'SIGRTMAX'].map(signalNumber),
    [15, 10, 17, 6, 34, 37, 63, 64],
  );
  t.deepEqual(['TERM', 'SIGNONE', 'SIGRTMIN+x'].map(signalNumber), [undefined, undefined, undefined]);
});
