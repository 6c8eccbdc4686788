import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {
  bySeverity,
  catalogue,
  exitCodeOf,
  type FindingId,
  finding,
} from '../../../../src/agent/core/doctor/finding.ts';
import { withMemoryCgroup, withSwapAccounting } from '../../../../src/agent/core/doctor/kernel-command-line.ts';
import { unifiedDiff } from '../../../../src/agent/core/doctor/unified-diff.ts';

const word = fc.constantFrom(
  'console=tty1',
  'rootwait',
  'cgroup_enable=memory',
  'cgroup_disable=memory',
  'swapaccount=0',
  'quiet',
);
const commandLine = fc
  .tuple(fc.array(word, { maxLength: 8 }), fc.constantFrom('', '\n', '\nsecond line\n'))
  .map(([words, end]) => `${words.join(' ')}${end}`);

test('what is wanted is on the first line once, a second time changes nothing, and all else stays in its order', (t) => {
  fc.assert(
    fc.property(commandLine, (before) => {
      const after = withSwapAccounting(withMemoryCgroup(before));
      t.is(withSwapAccounting(withMemoryCgroup(after)), after);
      const [line = '', ...rest] = after.split('\n');
      t.deepEqual(rest, before.split('\n').slice(1));
      const words = line.split(' ');
      for (const wanted of ['cgroup_memory=1', 'swapaccount=1']) t.is(words.filter((one) => one === wanted).length, 1);
      t.true(words.includes('cgroup_enable=memory'));
      const others = (text: string) => text.split(/\s+/).filter((one) => /^(console|rootwait|quiet)/.test(one));
      t.deepEqual(others(line), others(before.split('\n')[0] ?? ''));
      t.notRegex(line, /cgroup_disable=memory|swapaccount=0/);
    }),
  );
});

test('patch(1) makes of the old text and the difference the new text', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-diff-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'file');
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 });
  const text = fc.tuple(lines, fc.boolean()).map(([all, ended]) => `${all.join('\n')}x${ended ? '\n' : ''}`);
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after);
      writeFileSync(path, before);
      const diff = unifiedDiff({ path, before, after, backup: false });
      execFileSync('patch', ['-s', path], { input: diff });
      t.is(readFileSync(path, 'utf8'), after);
    }),
    { numRuns: 40 },
  );
});

const anId = fc.constantFrom(...(Object.keys(catalogue) as FindingId[]));

test('the exit code is that of the most severe finding; hints alone are no failure', (t) => {
  const words = { summary: 's', explanation: 'e', action: 'a' };
  fc.assert(
    fc.property(fc.array(anId, { maxLength: 6 }), (ids) => {
      const findings = ids.map((id) => finding(id, words));
      const code = exitCodeOf(findings);
      const worst = bySeverity(findings)[0];
      t.is(code, worst === undefined || worst.severity === 'info' ? 0 : worst.exitCode);
      t.is(
        code === 0,
        findings.every(({ severity }) => severity === 'info'),
      );
      if (findings.some(({ severity }) => severity === 'error')) t.true(code < 60);
    }),
  );
});

test('each finding has a code of its own, and docs/doctor.md tells all of them', (t) => {
  const codes = Object.values(catalogue).flatMap(({ exitCode }) => (exitCode === 0 ? [] : [exitCode]));
  t.is(new Set(codes).size, codes.length);
  const page = readFileSync('docs/doctor.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| (\w+)[^|]* \| (\d+) \|/gm)].map(([, id, severity, code]) => [
    id,
    severity,
    Number(code),
  ]);
  t.deepEqual(
    rows,
    Object.entries(catalogue).map(([id, entry]) => [id, entry.severity, entry.exitCode]),
  );
});
