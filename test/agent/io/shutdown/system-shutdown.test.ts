import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createSystemShutdown } from '../../../../src/agent/io/shutdown/system-shutdown.ts';
import { silentLogger } from '../../../../src/common/actor/silent-logger.ts';
import { until } from '../../../support/eventually.ts';

const path = process.env['PATH'];

/** Stands for systemd's programs: what they are told is in files, what busctl shows is appended to one. */
function fakeSystemd(t: ExecutionContext, state = 'running') {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-systemd-'));
  const program = (name: string, text: string) => {
    writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, name), 0o755);
  };
  mkdirSync(join(dir, 'seats'));
  writeFileSync(join(dir, 'signals'), '');
  // As busctl 252 shows a signal; the lock is held as long as the command runs.
  program('busctl', `echo "$@" > ${dir}/monitored; exec tail -n +1 -f ${dir}/signals`);
  program('systemd-inhibit', `echo "$@" >> ${dir}/locks; echo x > ${dir}/held; cat; rm ${dir}/held`);
  program('systemctl', `echo ${state}`);
  process.env['PATH'] = `${dir}:${path}`;
  t.teardown(() => {
    process.env['PATH'] = path;
    rmSync(dir, { recursive: true, force: true });
  });
  const text = (name: string) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : '');
  return {
    logindDir: join(dir, 'seats'),
    text,
    held: (wanted: boolean) =>
      until(`the lock is ${wanted ? '' : 'not '}held`, async () => (text('held') !== '') === wanted),
    signal: (goingDown: boolean) =>
      appendFileSync(
        join(dir, 'signals'),
        `{"type":"signal","flags":1,"cookie":2,"sender":":1.1","member":"PrepareForShutdown","payload":{"type":"b","data":[${goingDown}]}}\n`,
      ),
  };
}

test.serial('logind is asked to wait; its word is told, and the lock goes when all is ready', async (t) => {
  const { logindDir, held, signal, text } = fakeSystemd(t);
  const system = createSystemShutdown({ log: silentLogger, seconds: 30, logindDir });
  const told: boolean[] = [];
  system.watch((goingDown) => told.push(goingDown));
  await held(true);
  await until('it listens', async () => text('monitored') !== '');
  t.regex(text('locks'), /^--what=shutdown --mode=delay --who=bramble-agent/);
  t.regex(text('monitored'), /sender='org.freedesktop.login1'.*member='PrepareForShutdown' monitor/);
  signal(true);
  await until('it is told', async () => told.length === 1);
  system.ready();
  await held(false);
  t.true(await system.beforeExit(), 'an agent that is ended now has nothing left to do');
  t.deepEqual(told, [true]);
});

test.serial('a shutdown that is called off is told, and the lock is taken again', async (t) => {
  const { logindDir, held, signal } = fakeSystemd(t);
  const system = createSystemShutdown({ log: silentLogger, seconds: 30, logindDir });
  const told: boolean[] = [];
  system.watch((goingDown) => told.push(goingDown));
  await held(true);
  signal(true);
  await until('it is told', async () => told.length === 1);
  system.ready();
  await held(false);
  signal(false);
  await held(true);
  await until('it is told', async () => told.length === 2);
  t.deepEqual(told, [true, false]);
  t.false(await system.beforeExit());
  await held(false);
});

test.serial('without logind SIGTERM is a shutdown only while systemd is stopping', async (t) => {
  fakeSystemd(t, 'stopping');
  const system = createSystemShutdown({ log: silentLogger, seconds: 30, logindDir: '/nonexistent' });
  const told: boolean[] = [];
  system.watch((goingDown) => {
    told.push(goingDown);
    system.ready();
  });
  t.true(await system.beforeExit());
  t.deepEqual(told, [true]);

  fakeSystemd(t, 'degraded');
  const restarted = createSystemShutdown({ log: silentLogger, seconds: 30, logindDir: '/nonexistent' });
  restarted.watch(() => t.fail('a restart of the agent is no shutdown'));
  t.false(await restarted.beforeExit());
});
