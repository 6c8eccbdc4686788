// Runs ava and closes with the one line that says how it went: "N passed, N failed, N skipped".
// Counts come from ava's TAP output, so a run that dies in the middle is counted as failed, too.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const ava = spawn(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', '--tap', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let passed = 0;
let failed = 0;
let skipped = 0;
for await (const line of createInterface({ input: ava.stdout })) {
  const point = /^(not ok|ok) \d+ - (.*)$/.exec(line);
  if (point === null) {
    if (!/^(TAP version|\s*$|1\.\.\d+|# (tests|pass|fail|skip))/.test(line)) process.stdout.write(`${line}\n`);
    continue;
  }
  const [, verdict, title] = point;
  if (/# (SKIP|TODO)/i.test(title)) skipped += 1;
  else if (verdict === 'ok') passed += 1;
  else failed += 1;
  process.stdout.write(`${verdict === 'ok' ? '  ok    ' : '  FAILED'} ${title}\n`);
}
const code = await new Promise((resolve) =>
  ava.exitCode === null ? ava.once('close', resolve) : resolve(ava.exitCode),
);
if (code !== 0 && failed === 0) failed = 1;
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = code === 0 && passed > 0 ? 0 : 1;
