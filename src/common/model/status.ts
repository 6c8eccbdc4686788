/** Kubernetes' Status: how the API says no. Constructors word refusals as Kubernetes words them. */
import * as z from 'zod';

const statusCauseSchema = z.object({
  /** Path of the field, such as `spec.containers[0].image`. */
  field: z.string().optional(),
  /** Machine-readable word, such as FieldValueRequired. */
  reason: z.string().optional(),
  message: z.string(),
});
export type StatusCause = z.infer<typeof statusCauseSchema>;

export const statusSchema = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Status'),
  metadata: z.looseObject({}),
  status: z.enum(['Success', 'Failure']),
  message: z.string().optional(),
  reason: z.string().optional(),
  code: z.int(),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      uid: z.string().optional(),
      causes: z.array(statusCauseSchema).optional(),
      retryAfterSeconds: z.int().optional(),
    })
    .optional(),
});
/** The answer to a request that has no object to answer with; a refusal when `status` is Failure. */
export type Status = z.infer<typeof statusSchema>;

/** Whether an answer is a refusal. */
export function isStatusFailure(answer: unknown): answer is Status & { status: 'Failure' } {
  if (typeof answer !== 'object' || answer === null) return false;
  const { kind, status } = answer as { kind?: unknown; status?: unknown };
  return kind === 'Status' && status === 'Failure';
}

function failure(code: number, reason: string, message: string, details?: Status['details']): Status {
  return {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
    ...(details && { details }),
  };
}

/** The request was done. `details` names the object that it was about. */
export function success(details?: Status['details']): Status {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', code: 200, ...(details && { details }) };
}

/** 400: the request cannot be understood. */
export const badRequest = (message: string, causes?: readonly StatusCause[]): Status =>
  failure(400, 'BadRequest', message, causes && { causes: [...causes] });

/** 403: known, but not allowed. `resource` is the plural. */
export const forbidden = (resource: string, name: string, why: string): Status =>
  failure(403, 'Forbidden', `${resource} "${name}" is forbidden: ${why}`, { kind: resource, name });

/** 404: `resource` is the plural, such as `pods` or `deployments.apps`. */
export const notFound = (resource: string, name: string): Status =>
  failure(404, 'NotFound', `${resource} "${name}" not found`, { kind: resource, name });

/** 405: the resource exists but does not take this verb. */
export const methodNotAllowed = (resource: string, verb: string): Status =>
  failure(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${resource}"`, { kind: resource });

/** 409: an object of this name exists. */
export const alreadyExists = (resource: string, name: string): Status =>
  failure(409, 'AlreadyExists', `${resource} "${name}" already exists`, { kind: resource, name });

/** 409: the object was changed since it was read, or a precondition does not hold. */
export const conflict = (
  resource: string,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): Status =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, { kind: resource, name });

/** 410: the revision that a watch or list continues from is no longer kept. */
export const gone = (message = 'too old resource version: list again'): Status => failure(410, 'Expired', message);

/** 413: sizes in bytes. */
export const tooLarge = (found: number, limit: number): Status =>
  failure(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: the object has ${found} bytes, the limit is ${limit} bytes`,
  );

/** 422: fields of the object break rules; one cause a field. `kind` is the kind's name, such as Deployment.apps. */
export function invalid(kind: string, name: string, causes: readonly StatusCause[]): Status {
  const sentences = causes.map((cause) => (cause.field ? `${cause.field}: ${cause.message}` : cause.message));
  const list = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  return failure(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, { kind, name, causes: [...causes] });
}

/** 429: too much at once; try again later. */
export const tooManyRequests = (message: string, retryAfterSeconds: number): Status =>
  failure(429, 'TooManyRequests', message, { retryAfterSeconds });

/** 500: a fault of the server, not of the request. */
export const internalError = (why: string): Status => failure(500, 'InternalError', `Internal error occurred: ${why}`);

/** 503: nobody can answer now. */
export const serviceUnavailable = (why: string): Status => failure(503, 'ServiceUnavailable', why);

/** 504: the answer did not come in time. */
export const timeout = (why: string): Status => failure(504, 'Timeout', `Timeout: ${why}`);
