import test from 'ava';
import { sandboxConfigOut } from '../../../../src/agent/io/cri/cri-mapping.ts';
import type { SandboxConfig } from '../../../../src/agent/ports/cri.ts';

const config: SandboxConfig = {
  name: 'a',
  namespace: 'default',
  uid: 'u',
  attempt: 0,
  logDirectory: '/logs',
  labels: {},
  annotations: {},
  namespaces: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
};

test('a seccomp profile of the node is named by its whole path, as the runtime wants it', (t) => {
  const seccomp = { type: 'Localhost' as const, localhostRef: 'fine/audit.json' };
  const out = JSON.stringify(sandboxConfigOut({ ...config, seccomp }, '/data/seccomp'));
  t.true(out.includes('"localhostRef":"/data/seccomp/fine/audit.json"'), out);
  t.notRegex(JSON.stringify(sandboxConfigOut({ ...config, seccomp: { type: 'RuntimeDefault' } }, '/data')), /\/data/);
});
