import test from 'ava';
import { createLogger } from '../../../src/common/process/logger.ts';

test('an error is logged with its name, its code and its words, and a text as it is', (t) => {
  const lines: string[] = [];
  const log = createLogger('agent', 'info', { write: (line) => void lines.push(line) });
  const cause = new Error('no space left on device');
  log.warn({ error: Object.assign(new Error('not kept', { cause }), { code: 'ENOSPC' }) }, 'a write failed');
  log.warn({ error: 'timeout' }, 'no answer');
  const [failed, late] = lines.map((line) => JSON.parse(line));
  t.deepEqual(failed.error, { name: 'Error', code: 'ENOSPC', message: 'not kept', cause: 'no space left on device' });
  t.is(late.error, 'timeout');
});
