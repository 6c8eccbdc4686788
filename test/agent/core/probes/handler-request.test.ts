import test from 'ava';
import { handlerRequest } from '../../../../src/agent/core/probes/handler-request.ts';
import { aContainer } from '../../../support/pod-builder.ts';

const container = aContainer('app', {
  ports: [{ name: 'web', containerPort: 8080, protocol: 'TCP' }],
  env: [
    { name: 'WORD', value: 'hello' },
    { name: 'SECRET', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ],
});
const target = { container, podIps: ['10.1.2.3', 'fd00::3'], purpose: 'probe' } as const;

test("a named port is the container's, and the host the pod's first address unless another is given", (t) => {
  t.deepEqual(handlerRequest({ tcpSocket: { port: 'web' } }, target), { kind: 'tcp', host: '10.1.2.3', port: 8080 });
  t.deepEqual(handlerRequest({ tcpSocket: { port: '81', host: 'localhost' } }, target), {
    kind: 'tcp',
    host: 'localhost',
    port: 81,
  });
  t.like(handlerRequest({ tcpSocket: { port: 'ftp' } }, target), {
    kind: 'invalid',
    message: 'container app has no port named "ftp"',
  });
  t.like(handlerRequest({ grpc: { port: 9, service: '' } }, { ...target, podIps: [] }), { kind: 'invalid' });
});

test("an HTTP request carries the kubelet's User-Agent and Accept unless the probe says otherwise", (t) => {
  const request = (httpHeaders: readonly { name: string; value: string }[], purpose: 'probe' | 'lifecycle' = 'probe') =>
    handlerRequest(
      { httpGet: { path: 'a b?c=ü#frag', port: 80, scheme: 'HTTPS', httpHeaders: [...httpHeaders] } },
      { ...target, purpose },
    );
  t.deepEqual(request([]), {
    kind: 'http',
    scheme: 'https',
    host: '10.1.2.3',
    port: 80,
    path: '/a%20b?c=%C3%BC',
    headers: [
      { name: 'User-Agent', value: 'kube-probe/1.36' },
      { name: 'Accept', value: '*/*' },
    ],
  });
  t.like(request([], 'lifecycle'), { headers: { 0: { value: 'kube-lifecycle/1.36' } } });
  const own = [
    { name: 'user-agent', value: '' },
    { name: 'ACCEPT', value: 'text/plain' },
    { name: 'X-Two', value: '1' },
    { name: 'X-Two', value: '2' },
  ];
  t.deepEqual((request(own) as { headers: unknown }).headers, own.slice(1));
});

test('in a command variables are filled in with what is written out in the spec', (t) => {
  const exec = { command: ['echo', '$(WORD) $(SECRET) $(NONE) $$(WORD)'] };
  t.deepEqual(handlerRequest({ exec }, target), {
    kind: 'exec',
    command: ['echo', 'hello  $(NONE) $(WORD)'],
  });
});
