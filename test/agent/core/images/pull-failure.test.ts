import test from 'ava';
import {
  foreignImage,
  isUnreachable,
  pullFailure,
  withoutPassword,
} from '../../../../src/agent/core/images/pull-failure.ts';

const resolving = 'failed to pull and unpack image "r.farm/a:1": failed to resolve reference "r.farm/a:1": ';

for (const message of [
  'failed to do request: Head "https://r.farm/v2/a/manifests/1": dial tcp: lookup r.farm on 127.0.0.53:53: no such host',
  'failed to do request: Head "https://r.farm/v2/a/manifests/1": dial tcp 10.0.0.5:443: connect: network is unreachable',
  'failed to do request: Head "http://r.farm/v2/a/manifests/1": dial tcp 10.0.0.5:80: connect: connection refused',
  'failed to do request: Head "https://r.farm/v2/a/manifests/1": net/http: TLS handshake timeout',
  'failed to do request: Head "https://r.farm/v2/a/manifests/1": read tcp 10.0.0.2:1->10.0.0.5:443: read: connection reset by peer',
  'failed to do request: Head "https://r.farm/v2/a/manifests/1": EOF',
  'failed to copy: httpReadSeeker: failed open: unexpected EOF',
  'failed to do request: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 1970-01-01T00:01:02Z is before 2026-01-01T00:00:00Z',
  'unexpected status code [manifests 1]: 503 Service Unavailable',
]) {
  test(`the registry is not reached: ${message.slice(-60)}`, (t) => {
    t.true(isUnreachable(`${resolving}${message}`));
  });
}

for (const message of [
  'r.farm/a:1: not found',
  'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
  'unexpected status code [manifests 1]: 401 Unauthorized',
  'unexpected status code [manifests 1]: 429 Too Many Requests',
  'failed to do request: x509: certificate signed by unknown authority',
]) {
  test(`the registry refuses: ${message.slice(0, 60)}`, (t) => {
    t.false(isUnreachable(`${resolving}${message}`));
  });
}

test('an image for other processors is told with what the device is', (t) => {
  const words = 'failed to pull image "a:1": no match for platform in manifest sha256:12: not found';
  t.is(pullFailure('a:1', words, 'arm64'), `image "a:1" is not made for this device, which is linux/arm64: ${words}`);
  t.is(pullFailure('a:1', 'something else', 'arm64'), 'something else');
  t.is(foreignImage('a:1', 'amd64', 'arm64'), 'image "a:1" is for linux/amd64, and this device is linux/arm64');
  t.is(foreignImage('a:1', 'arm', 'arm64'), undefined, 'a 64-bit processor runs it');
  t.truthy(foreignImage('a:1', 'arm64', 'arm'));
  t.is(foreignImage('a:1', undefined, 'arm64'), undefined);
});

test('who was refused without a password is told why none was sent', (t) => {
  const words = 'failed with status code [manifests 1]: 401 Unauthorized';
  t.is(withoutPassword(words, 'r.farm', 0), `${words} (no password was sent: the pod has no imagePullSecrets)`);
  t.is(
    withoutPassword(words, 'r.farm', 2),
    `${words} (no password was sent: none of its imagePullSecrets has one for r.farm)`,
  );
  t.is(withoutPassword('r.farm/a:1: not found', 'r.farm', 0), 'r.farm/a:1: not found');
});
