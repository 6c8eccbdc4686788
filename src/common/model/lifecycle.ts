/** Hooks of a container's life, and the signal that ends it. */
import type { z } from 'zod';
import { object, oneOf } from './fields.ts';
import { execActionSchema, httpGetActionSchema, sleepActionSchema, tcpSocketActionSchema } from './handler.ts';

const realTime = [
  ...Array.from({ length: 16 }, (_, i) => (i === 0 ? 'SIGRTMIN' : `SIGRTMIN+${i}`)),
  ...Array.from({ length: 15 }, (_, i) => (i === 14 ? 'SIGRTMAX' : `SIGRTMAX-${14 - i}`)),
];
/** The signals of Linux by name, as Kubernetes lists them. */
const signals = [
  'SIGABRT',
  ...['SIGALRM', 'SIGBUS', 'SIGCHLD', 'SIGCLD', 'SIGCONT', 'SIGFPE', 'SIGHUP', 'SIGILL', 'SIGINT'],
  ...['SIGIO', 'SIGIOT', 'SIGKILL', 'SIGPIPE', 'SIGPOLL', 'SIGPROF', 'SIGPWR', 'SIGQUIT', 'SIGSEGV', 'SIGSTKFLT'],
  ...['SIGSTOP', 'SIGSYS', 'SIGTERM', 'SIGTRAP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGUSR1', 'SIGUSR2'],
  ...['SIGVTALRM', 'SIGWINCH', 'SIGXCPU', 'SIGXFSZ'],
  ...realTime,
] as const;

export const lifecycleHandlerSchema = object('LifecycleHandler', 'What a hook does; exactly one of the fields.', {
  exec: execActionSchema.optional(),
  httpGet: httpGetActionSchema.optional(),
  tcpSocket: tcpSocketActionSchema.optional(),
  sleep: sleepActionSchema.optional(),
});
export type LifecycleHandler = z.infer<typeof lifecycleHandlerSchema>;

/** The handlers that a hook may have; it has exactly one of them. */
export const lifecycleHandlers = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const;

export const lifecycleSchema = object('Lifecycle', 'Hooks after the start and before the end of a container.', {
  postStart: lifecycleHandlerSchema.optional().describe('Done right after the start; fails: the container is ended.'),
  preStop: lifecycleHandlerSchema
    .optional()
    .describe('Done before the stop signal, within the grace period; not when the container ends by itself.'),
  stopSignal: oneOf(signals, "Signal that asks the container to end; the image's, or SIGTERM, when absent.").optional(),
});
export type Lifecycle = z.infer<typeof lifecycleSchema>;
