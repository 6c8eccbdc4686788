import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

/** A daemon that ends in order, in a second, when it is told to: its exit code after these signals. */
async function endedBy(t: ExecutionContext, ...signals: readonly NodeJS.Signals[]): Promise<number | null> {
  const script = `
    import { runProgram, untilStopped } from ${JSON.stringify(resolve('src/common/process/program.ts'))};
    process.exitCode = await runProgram(async (_argv, stop) => {
      console.log('runs');
      const alive = setInterval(() => {}, 1000);
      await untilStopped(stop);
      console.log('stops');
      await new Promise((done) => setTimeout(done, 1000));
      clearInterval(alive);
      return 7;
    }, []);`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script]);
  t.teardown(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  for (const signal of signals) {
    await once(child.stdout, 'data');
    child.kill(signal);
  }
  const [code] = await exited;
  return code;
}

test('a second SIGTERM, of a parent beside a service manager, does not cut short what ends in order', async (t) => {
  t.is(await endedBy(t, 'SIGTERM', 'SIGTERM'), 7);
  t.is(await endedBy(t, 'SIGINT', 'SIGTERM'), 7);
});

test('a second SIGINT ends the program at once', async (t) => {
  t.is(await endedBy(t, 'SIGINT', 'SIGINT'), 130);
  t.is(await endedBy(t, 'SIGTERM', 'SIGINT'), 130);
});
