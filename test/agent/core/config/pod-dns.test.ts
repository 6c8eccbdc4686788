import test from 'ava';
import fc from 'fast-check';
import { podDns } from '../../../../src/agent/core/config/pod-dns.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import { aPod } from '../../../support/pod-builder.ts';

const ofNode = { servers: ['192.0.2.1'], searches: ['farm.test'], options: ['ndots:2', 'edns0'] };
const dnsOf = (spec: Partial<PodSpec>) => podDns(aPod('web', { spec }), ofNode);

test("every policy but None begins with the node's resolver; what the pod asks for comes after it, once", (t) => {
  const dnsConfig = {
    nameservers: ['192.0.2.2', '192.0.2.1'],
    searches: ['barn.test', 'farm.test'],
    options: [{ name: 'ndots', value: '5' }, { name: 'rotate' }],
  };
  for (const dnsPolicy of ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default'] as const) {
    t.deepEqual(dnsOf({ dnsPolicy }), { dns: ofNode, omitted: [] });
    t.deepEqual(dnsOf({ dnsPolicy, dnsConfig }).dns, {
      servers: ['192.0.2.1', '192.0.2.2'],
      searches: ['farm.test', 'barn.test'],
      options: ['ndots:5', 'edns0', 'rotate'],
    });
  }
  t.deepEqual(dnsOf({ dnsPolicy: 'None', dnsConfig }).dns, {
    servers: ['192.0.2.2', '192.0.2.1'],
    searches: ['barn.test', 'farm.test'],
    options: ['ndots:5', 'rotate'],
  });
});

test('three servers, 32 domains and 2048 characters are the most, and what is left out is said', (t) => {
  const domain = fc.stringMatching(/^[a-z]{1,120}$/);
  const config = fc.record({
    nameservers: fc.array(fc.ipV4(), { maxLength: 5 }),
    searches: fc.array(domain, { maxLength: 60 }),
  });
  fc.assert(
    fc.property(config, (dnsConfig) => {
      const { dns, omitted } = dnsOf({ dnsConfig });
      const servers = [...new Set([...ofNode.servers, ...dnsConfig.nameservers])];
      const searches = [...new Set([...ofNode.searches, ...dnsConfig.searches])];
      const next = searches[dns.searches.length];
      const full = next === undefined || dns.searches.length === 32 || [...dns.searches, next].join(' ').length > 2048;
      const said = omitted.map((text) => text.split(' ')[0]);
      return (
        dns.servers.join() === servers.slice(0, 3).join() &&
        dns.searches.join() === searches.slice(0, dns.searches.length).join() &&
        dns.searches.length <= 32 &&
        dns.searches.join(' ').length <= 2048 &&
        full &&
        said.includes('Nameserver') === servers.length > 3 &&
        said.includes('Search') === (next !== undefined)
      );
    }),
  );
  t.pass();
});
