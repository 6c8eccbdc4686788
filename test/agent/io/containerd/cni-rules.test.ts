import test from 'ava';
import { removalOf } from '../../../../src/agent/io/containerd/cni-rules.ts';

const CHAIN = 'CNI-0123456789abcdef01234567';
const DNAT = 'CNI-DN-0123456789abcdef01234';
const OTHER = 'CNI-ffffffffffffffffffffffff';
const rule = (chain: string, network: string, more = '') =>
  `-A POSTROUTING -s 10.85.0.2/32${more} -m comment --comment "name: \\"${network}\\" id: \\"abc\\"" -j ${chain}`;

test("a network's rules go, and another network's stay", (t) => {
  const saved = [
    '*nat',
    `:${CHAIN} - [0:0]`,
    `:${OTHER} - [0:0]`,
    rule(CHAIN, 'bramble'),
    rule(OTHER, 'podman'),
    'COMMIT',
  ];
  const removal = removalOf('bramble', saved.join('\n'));
  t.deepEqual(removal, [
    ['-D', 'POSTROUTING', '-s', '10.85.0.2/32', '-m', 'comment', '--comment', 'name: "bramble" id: "abc"', '-j', CHAIN],
    ['-F', CHAIN],
    ['-X', CHAIN],
  ]);
});

test('a chain that a half-done removal left goes too', (t) => {
  const saved = `:${CHAIN} - [0:0]\n-A ${CHAIN} -d 10.85.0.0/16 -m comment --comment "name: \\"bramble\\" id: \\"a\\"" -j ACCEPT`;
  t.deepEqual(removalOf('bramble', saved), [
    ['-F', CHAIN],
    ['-X', CHAIN],
  ]);
});

test("portmap's shared chains go with the last mapped port", (t) => {
  const shared = [':CNI-HOSTPORT-DNAT - [0:0]', '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'];
  const mine = `-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"bramble\\" id: \\"abc\\"" -j ${DNAT}`;
  const other = `-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"podman\\" id: \\"d\\"" -j ${OTHER}`;
  const removes = (lines: readonly string[]) =>
    removalOf('bramble', lines.join('\n'))
      .filter(([flag]) => flag === '-X')
      .map(([, chain]) => chain);
  t.deepEqual(removes([...shared, mine]), [DNAT, 'CNI-HOSTPORT-DNAT']);
  t.deepEqual(removes([...shared, mine, other]), [DNAT]);
});

test('a table without CNI rules is left alone', (t) => {
  t.deepEqual(removalOf('bramble', '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DOCKER\nCOMMIT\n'), []);
});
