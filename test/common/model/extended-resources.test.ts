import test from 'ava';
import { kinds } from '../../../src/common/model/kinds.ts';
import { parseStrict } from '../../../src/common/model/parse.ts';

function parse(resources: object) {
  const containers = [{ name: 'c', image: 'i', resources }];
  return parseStrict(kinds.Pod, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } });
}
const cause = (resources: object): string => {
  const parsed = parse(resources);
  return parsed.ok ? '' : parsed.causes.map(({ field, message }) => `${field}: ${message}`).join('\n');
};

test('a resource that nodes offer is requested in whole numbers, as much as its limit', (t) => {
  const parsed = parse({ limits: { 'example.com/dongle': '2' } });
  const [container] =
    parsed.ok && parsed.object.kind === 'Pod'
      ? (parsed.object as { spec: { containers: { resources: object }[] } }).spec.containers
      : [];
  t.deepEqual(container?.resources, {
    limits: { 'example.com/dongle': '2' },
    requests: { 'example.com/dongle': '2' },
  });
  t.regex(
    cause({ limits: { 'example.com/dongle': '500m' } }),
    /limits\.example\.com\/dongle: Invalid value: "500m": must be an integer/,
  );
  t.regex(
    cause({ requests: { 'example.com/dongle': '1' } }),
    /resources\.limits: Required value: Limit must be set for non overcommitable/,
  );
  t.regex(
    cause({ requests: { 'example.com/dongle': '1' }, limits: { 'example.com/dongle': '2' } }),
    /resources\.requests: Invalid value: "1": must be equal to example\.com\/dongle limit of 2/,
  );
});

test('other names are refused; disk may be requested and limited', (t) => {
  t.regex(cause({ limits: { gpu: '1' } }), /limits\.gpu: Unsupported value: "gpu"/);
  t.regex(cause({ limits: { 'kubernetes.io/gpu': '1' } }), /Unsupported value: "kubernetes\.io\/gpu"/);
  t.is(cause({ requests: { 'ephemeral-storage': '1Gi' } }), '');
  t.is(cause({ limits: { 'ephemeral-storage': '1Gi' } }), '');
});
