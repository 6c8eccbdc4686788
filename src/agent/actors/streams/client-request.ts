/** A client's request, parsed: what it may not say is refused with the field's path. */

import type { z } from 'zod';
import { StreamError } from '../../../common/wire/stream.ts';

/** Throws StreamError `invalid`. */
export function clientRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const request = schema.safeParse(body);
  if (request.success) return request.data;
  const [issue] = request.error.issues;
  throw new StreamError('invalid', `${issue?.path.join('.') || 'the request'}: ${issue?.message}`);
}
