/** What a probe or a hook does: run a command, ask over HTTP, TCP or gRPC, or wait. */
import * as z from 'zod';
import { int32, listOf, object, oneOf, text } from './fields.ts';

const portError = 'must be a number between 1 and 65535 or the name of a port';
const portNumberOrName = z.union([z.int(), z.string()], { error: portError }).meta({
  title: 'IntOrString',
  description: "Number of the port, or the name of one of the container's ports.",
});

export const execActionSchema = object('ExecAction', 'A command that runs in the container; exit code 0 succeeds.', {
  command: listOf(
    z.string(),
    "The command and its arguments, run without a shell in the root of the container's files.",
  ),
});
export type ExecAction = z.infer<typeof execActionSchema>;

export const httpGetActionSchema = object('HTTPGetAction', 'An HTTP GET; a status of 200 to 399 succeeds.', {
  path: text('Path of the request.').default('/'),
  port: portNumberOrName,
  host: text("Host to connect to; the pod's address when absent.").optional(),
  scheme: oneOf(['HTTP', 'HTTPS'], 'HTTPS does not check the certificate.').default('HTTP'),
  httpHeaders: listOf(
    object('HTTPHeader', 'A header of the request.', { name: text('Name of the header.'), value: text('Its value.') }),
    'Headers of the request; a name may stand several times.',
  ).optional(),
});
export type HTTPGetAction = z.infer<typeof httpGetActionSchema>;

export const tcpSocketActionSchema = object('TCPSocketAction', 'A TCP connection; that it opens succeeds.', {
  port: portNumberOrName,
  host: text("Host to connect to; the pod's address when absent.").optional(),
});
export type TCPSocketAction = z.infer<typeof tcpSocketActionSchema>;

export const grpcActionSchema = object('GRPCAction', 'A call of grpc.health.v1.Health/Check; SERVING succeeds.', {
  port: int32('Port of the service.'),
  service: text('Service that is asked about; empty: the server as a whole.').default(''),
});
export type GRPCAction = z.infer<typeof grpcActionSchema>;

export const sleepActionSchema = object('SleepAction', 'Waits.', {
  seconds: int32('Seconds to wait; at most the grace period of the pod.'),
});
export type SleepAction = z.infer<typeof sleepActionSchema>;
