/** Probes of a container: whether it has started, lives and can do its work. */
import type { z } from 'zod';
import { int32, object } from './fields.ts';
import { execActionSchema, grpcActionSchema, httpGetActionSchema, tcpSocketActionSchema } from './handler.ts';

export const probeSchema = object('Probe', 'A check of a container that is repeated; exactly one handler.', {
  exec: execActionSchema.optional(),
  httpGet: httpGetActionSchema.optional(),
  tcpSocket: tcpSocketActionSchema.optional(),
  grpc: grpcActionSchema.optional(),
  initialDelaySeconds: int32('Seconds after the start of the container before the first check.').optional(),
  timeoutSeconds: int32('Seconds after which a check has failed.').default(1),
  periodSeconds: int32('Seconds between two checks.').default(10),
  successThreshold: int32('Successes in a row that count after a failure; 1 for liveness and startup.').default(1),
  failureThreshold: int32('Failures in a row that count.').default(3),
  terminationGracePeriodSeconds: int32(
    'Grace period of a container that fails this probe; that of the pod when absent. Not for readiness.',
  ).optional(),
});
export type Probe = z.infer<typeof probeSchema>;

/** The handlers that a probe may have; it has exactly one of them. */
export const probeHandlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const;
