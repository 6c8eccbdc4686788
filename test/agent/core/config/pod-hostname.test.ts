import test from 'ava';
import {
  hostnameOf,
  hostsFile,
  kernelHostname,
  nodeHostsFile,
} from '../../../../src/agent/core/config/pod-hostname.ts';
import { aPod } from '../../../support/pod-builder.ts';

const hostAliases = [{ ip: '192.0.2.9', hostnames: ['nas', 'nas.farm'] }, { ip: '192.0.2.10' }];

test('the hosts file is the one that the kubelet writes', (t) => {
  const spec = { hostname: 'barn', subdomain: 'sheep', hostAliases };
  t.is(
    hostsFile(aPod('web', { spec, metadata: { namespace: 'farm' } }), ['10.85.0.2', 'fd00::2']),
    `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
10.85.0.2\tbarn.sheep.farm.svc.cluster.local\tbarn
fd00::2\tbarn.sheep.farm.svc.cluster.local\tbarn

# Entries added by HostAliases.
192.0.2.9\tnas\tnas.farm
192.0.2.10
`,
  );
  t.regex(hostsFile(aPod('web'), ['10.85.0.2']), /\n10\.85\.0\.2\tweb\n$/);
});

test("a pod on the node's network gets the node's file and its own lines", (t) => {
  const pod = aPod('web', { spec: { hostNetwork: true, hostAliases } });
  t.is(
    nodeHostsFile(pod, '127.0.0.1\tlocalhost\n'),
    '# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n\n# Entries added by HostAliases.\n192.0.2.9\tnas\tnas.farm\n192.0.2.10\n',
  );
});

test('a host name has at most 63 characters and does not end in a dash or dot', (t) => {
  t.is(hostnameOf(aPod(`${'a'.repeat(62)}-tail`)), 'a'.repeat(62));
});

test('the full name is the host name where it is asked for, unless the kernel would not take it', (t) => {
  const named = (name: string, subdomain?: string) =>
    kernelHostname(
      aPod(name, { spec: { setHostnameAsFQDN: true, ...(subdomain === undefined ? {} : { subdomain }) } }),
    );
  t.deepEqual(named('web', 'sheep'), { ok: true, value: 'web.sheep.default.svc.cluster.local' });
  t.deepEqual(named('web'), { ok: true, value: 'web' });
  const long = named('a'.repeat(40), 'sheep');
  t.regex(
    long.ok ? '' : long.message,
    /FQDN a+\.sheep\.default\.svc\.cluster\.local is too long \(64 .* 72 characters/,
  );
});
