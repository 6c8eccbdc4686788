import test from 'ava';
import { sysctlRefusal } from '../../../../src/agent/core/config/sysctls.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import { aPod } from '../../../support/pod-builder.ts';

const refusal = (name: string, allowed: readonly string[] = [], spec: Partial<PodSpec> = {}) =>
  sysctlRefusal(aPod('web', { spec: { securityContext: { sysctls: [{ name, value: '1' }] }, ...spec } }), allowed);

test('safe parameters are taken, with dots and with slashes', (t) => {
  t.is(refusal('net.ipv4.ip_unprivileged_port_start'), undefined);
  t.is(refusal('net/ipv4/ip_unprivileged_port_start'), undefined);
  t.is(refusal('kernel.shm_rmid_forced'), undefined);
  t.is(sysctlRefusal(aPod(), []), undefined);
});

test('unsafe parameters are refused by name, unless the node allows them', (t) => {
  t.is(refusal('kernel.msgmax'), 'forbidden sysctl: "kernel.msgmax" not allowlisted');
  t.is(refusal('kernel.msgmax', ['kernel.msg*']), undefined);
  t.is(refusal('net.core.somaxconn', ['net.core.somaxconn']), undefined);
  t.regex(refusal('net.core.somaxconn2', ['net.core.somaxconn']) ?? '', /not allowlisted/);
});

test("what is not a namespace's own, or is the node's here, is never taken", (t) => {
  t.regex(refusal('vm.swappiness', ['vm.*']) ?? '', /not in a namespace of the pod/);
  t.regex(refusal('net.ipv4.tcp_syncookies', [], { hostNetwork: true }) ?? '', /not allowed with host net enabled/);
  t.regex(refusal('kernel.shm_rmid_forced', [], { hostIPC: true }) ?? '', /not allowed with host ipc enabled/);
});
