/**
 * Looks at what listens in a pod, from outside of it: over HTTP, TCP or gRPC. No process is started for it. What the other
 * side does wrong is a result, in the kubelet's words; nothing rejects for it.
 */

import type { Millis } from '../../common/lib/time.ts';

/** What one look gave. A `warning` succeeds, and says something that people should know. */
export type CheckResult = {
  readonly outcome: 'success' | 'warning' | 'failure';
  /** Why it failed, or what was answered: at most 10 KiB. */
  readonly output: string;
};
export type HttpCheck = {
  readonly scheme: 'http' | 'https';
  /** Address or name that is connected to. */
  readonly host: string;
  readonly port: number;
  /** Path and query; starts with a slash. */
  readonly path: string;
  /** In order, names as they are to be sent; one name may stand there several times. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Whatever is answered succeeds. */
  readonly anyStatus: boolean;
};
export type TcpCheck = { readonly host: string; readonly port: number };
/** An empty `service` asks after the server as a whole. */
export type GrpcCheck = TcpCheck & { readonly service: string };

/** Every call ends after `timeout` at the latest, and sooner with the signal (then with a failure that nobody reads). */
export interface Checks {
  /** GET; 200 to 399 succeeds. Redirects are followed on the same host; a redirect to another one is a warning. Certificates are not verified. */
  http(check: HttpCheck, timeout: Millis, signal?: AbortSignal): Promise<CheckResult>;
  /** Succeeds when the connection is accepted. */
  tcp(check: TcpCheck, timeout: Millis, signal?: AbortSignal): Promise<CheckResult>;
  /** grpc.health.v1.Health/Check; SERVING succeeds. */
  grpc(check: GrpcCheck, timeout: Millis, signal?: AbortSignal): Promise<CheckResult>;
}
