/**
 * What clients ask a device's agent for as streams (stream.ts), on `bramble.node.<node>.down.<logs|exec|attach|portforward>`.
 * Of a pod it is the newest of its name on that device.
 */

import * as z from 'zod';

const ofPod = { namespace: z.string().min(1).max(63), pod: z.string().min(1).max(253) };
const container = z.string().min(1).max(63).optional();

/** The answer is what the container wrote, on `out`. */
export const logsRequest = z.object({
  ...ofPod,
  container,
  follow: z.boolean().optional(),
  previous: z.boolean().optional(),
  timestamps: z.boolean().optional(),
  tailLines: z.number().int().min(0).optional(),
  sinceSeconds: z.number().min(0).optional(),
  /** RFC 3339; not with `sinceSeconds`. */
  sinceTime: z.iso.datetime({ offset: true }).optional(),
  limitBytes: z.number().int().min(1).optional(),
  /** Of the container: whether one that is followed is followed on into its next attempt. Without it, it is not. */
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).optional(),
});
export type LogsRequest = z.infer<typeof logsRequest>;

/** Client → device: bytes for stdin on `out` and `sizeWord`s. Device → client: `out` and `err`, then `exitResult`. */
export const execRequest = z.object({
  ...ofPod,
  container,
  /** No shell is involved. */
  command: z
    .array(z.string().max(128 * 1024))
    .min(1)
    .max(1024),
  stdin: z.boolean().optional(),
  tty: z.boolean().optional(),
});

/** As `execRequest`, of the container's own process; `tty` as its container has it. The result is null. */
export const attachRequest = z.object({
  ...ofPod,
  container,
  stdin: z.boolean().optional(),
  tty: z.boolean().optional(),
});

/** One TCP connection: bytes on `out` in both directions, each with its own end. */
export const portForwardRequest = z.object({ ...ofPod, port: z.number().int().min(1).max(65535) });

const cells = z.number().int().min(1).max(65535);
/** The size of the client's terminal, at the start and whenever it changes. */
export const sizeWord = z.object({ columns: cells, rows: cells });

/** How a command ended. */
export const exitResult = z.object({ exitCode: z.number().int().min(0).max(255) });
export type ExitResult = z.infer<typeof exitResult>;

/** What is asked for on each subject. */
export type DeviceRequests = {
  readonly logs: LogsRequest;
  readonly exec: z.infer<typeof execRequest>;
  readonly attach: z.infer<typeof attachRequest>;
  readonly portforward: z.infer<typeof portForwardRequest>;
};
