import test from 'ava';
import { hostsFiles, registryAddresses, registryHosts } from '../../../../src/agent/io/containerd/registry-hosts.ts';

const mirrors = 'docker.io=http://10.0.0.5:5000,ghcr.io=https://mirror.farm,docker.io=https://harbor.farm/v2/hub';

test('mirrors come before their registry, in their order', (t) => {
  const hosts = registryHosts(mirrors, '', undefined);
  t.deepEqual(registryAddresses('docker.io', hosts), [
    'http://10.0.0.5:5000',
    'https://harbor.farm/v2/hub',
    'https://registry-1.docker.io',
  ]);
  t.deepEqual(registryAddresses('quay.io', hosts), ['https://quay.io']);
  t.deepEqual(registryAddresses('127.0.0.1:5000', hosts), ['https://127.0.0.1:5000', 'http://127.0.0.1:5000']);
});

test('containerd is told of mirrors, of hosts without a proper certificate, and of an authority', (t) => {
  const files = hostsFiles(registryHosts(mirrors, 'till.farm:5000,harbor.farm', '/etc/bramble/ca.pem'));
  t.deepEqual([...files.keys()], ['docker.io', 'ghcr.io', 'till.farm:5000', 'harbor.farm', '_default']);
  t.is(
    files.get('docker.io'),
    `server = "https://registry-1.docker.io"
ca = "/etc/bramble/ca.pem"
[host."http://10.0.0.5:5000"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/bramble/ca.pem"
[host."https://harbor.farm/v2/hub"]
  capabilities = ["pull", "resolve"]
  override_path = true
  skip_verify = true
  ca = "/etc/bramble/ca.pem"
`,
  );
  t.regex(
    files.get('till.farm:5000') ?? '',
    /\[host\."https:\/\/till\.farm:5000"\].*skip_verify = true.*\[host\."http:\/\/till\.farm:5000"\]/s,
  );
  t.is(files.get('_default'), 'ca = "/etc/bramble/ca.pem"\n');
  t.is(hostsFiles(registryHosts('', '', undefined)).size, 0);
});
