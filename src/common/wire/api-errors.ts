/** How a request to the API fails at its client: the API refused (StatusError), or could not be asked (ApiError). */

import { errors } from '@nats-io/transport-node';
import { forbidden, type Status } from '../model/status.ts';

/**
 * - `no-master`: NATS is there, but nobody serves the API
 * - `timeout`: no answer, or no further part of one, within the limit; a write may or may not have been done
 * - `closed`: the connection to NATS is closed
 * - `protocol`: what came is no answer of this API
 */
export type ApiErrorCode = 'no-master' | 'timeout' | 'closed' | 'protocol';

/** The API could not be asked, or its answer not be read. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The API refused; `status` says why, for programs as well. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? `refused with code ${status.code}`);
    this.status = status;
  }
}

/** The error to throw for what the NATS client threw while `subject` was asked; `within` in milliseconds. */
export function apiErrorOf(error: unknown, subject: string, within: number): Error {
  if (error instanceof ApiError || error instanceof StatusError) return error;
  if (error instanceof errors.RequestError && error.isNoResponders()) return noMaster(error);
  if (error instanceof errors.NoRespondersError) return noMaster(error);
  if (error instanceof errors.TimeoutError) return noAnswer(subject, within);
  if (error instanceof errors.PermissionViolationError) {
    return new StatusError(forbidden('subject', subject, 'the permissions of this NATS user do not allow it'));
  }
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError) {
    return new ApiError('closed', 'the connection to NATS is closed', { cause: error });
  }
  return new ApiError('protocol', `cannot ask ${subject}: ${String(error)}`, { cause: error });
}

/** No answer, or no further part of one, came within `within` milliseconds. */
export function noAnswer(subject: string, within: number): ApiError {
  return new ApiError(
    'timeout',
    `no answer to ${subject} within ${within} ms: the master is overloaded, or the connection is broken`,
  );
}

function noMaster(cause: Error): ApiError {
  return new ApiError('no-master', 'no master answers on this NATS server: is one running, in this account?', {
    cause,
  });
}
