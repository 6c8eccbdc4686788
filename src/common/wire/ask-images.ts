/** The client's end of images-protocol.ts. */

import { errors, headers, type NatsConnection } from '@nats-io/transport-node';
import type { Millis } from '../actor/types.ts';
import {
  type ImagesAnswer,
  type ImagesRequest,
  imagesAnswers,
  type PieceRequest,
  pieceHeader,
} from './images-protocol.ts';
import { nodeImagesSubject } from './subjects.ts';

/**
 * - `unreachable`: no agent serves the node, or the connection is closed
 * - `timeout`: no answer in time
 * - `protocol`: an answer that is none
 */
export class ImagesError extends Error {
  override readonly name = 'ImagesError';
  readonly code: 'unreachable' | 'timeout' | 'protocol';

  constructor(code: ImagesError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Asks one node; a refusal is an answer. Rejects with ImagesError. */
export async function askImages<R extends ImagesRequest | PieceRequest>(
  nc: NatsConnection,
  node: string,
  request: R,
  within: Millis,
): Promise<ImagesAnswer<R['verb']>> {
  const { verb } = request;
  const subject = nodeImagesSubject(node, verb);
  try {
    const message =
      request.verb === 'piece'
        ? await nc.request(subject, request.bytes, { timeout: within, headers: headOf(request) })
        : await nc.request(subject, JSON.stringify(request), { timeout: within });
    const answer = imagesAnswers[verb].safeParse(message.json());
    if (answer.success) return answer.data as ImagesAnswer<R['verb']>;
    throw new ImagesError('protocol', `node ${node} answers what is no answer: ${answer.error.message}`);
  } catch (error) {
    throw error instanceof ImagesError ? error : imagesError(error, node);
  }
}

function headOf({ digest, offset, sum }: PieceRequest): ReturnType<typeof headers> {
  const head = headers();
  head.set(pieceHeader, JSON.stringify({ digest, offset, sum }));
  return head;
}

function imagesError(error: unknown, node: string): ImagesError {
  const nobody = error instanceof errors.RequestError && error.isNoResponders();
  if (nobody || error instanceof errors.NoRespondersError) {
    return new ImagesError('unreachable', `no agent answers on node "${node}"`, { cause: error });
  }
  if (error instanceof errors.TimeoutError) {
    return new ImagesError('timeout', `node "${node}" does not answer in time`, { cause: error });
  }
  if (error instanceof SyntaxError) {
    return new ImagesError('protocol', `node "${node}" answers what is no JSON`, { cause: error });
  }
  return new ImagesError('unreachable', `node "${node}" can not be asked: ${String(error)}`, { cause: error });
}
