import test from 'ava';
import { realClock } from '../../src/common/actor/clock.ts';
import { checksContract } from '../agent/io/checks/checks-contract.ts';
import { FakeChecks } from './fake-checks.ts';

const checks = new FakeChecks(realClock);
const PORTS = { healthy: 1, closed: 2, silent: 3 };
checks.answers = ({ check: { port } }) => {
  if (port === PORTS.silent) return undefined;
  return port === PORTS.healthy
    ? { outcome: 'success', output: '' }
    : { outcome: 'failure', output: 'connection refused' };
};

checksContract(test, () => ({ checks, port: (_, state) => PORTS[state] }));
