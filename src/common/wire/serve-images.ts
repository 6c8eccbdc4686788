/** The device's end of images-protocol.ts. */

import type { Msg, NatsConnection } from '@nats-io/transport-node';
import * as z from 'zod';
import {
  type ImagesAnswer,
  type ImagesRefusal,
  type ImagesRequest,
  type ImagesVerb,
  imagesRequest,
  type PieceRequest,
  pieceHead,
  pieceHeader,
} from './images-protocol.ts';
import { nodeImagesSubject } from './subjects.ts';

type Handler = (request: ImagesRequest | PieceRequest) => Promise<ImagesAnswer<ImagesVerb>>;

/** Serves a node's images until the answered function is called. What is no question of the protocol is refused in words. */
export function serveImages(nc: NatsConnection, node: string, handler: Handler): () => void {
  const subscription = nc.subscribe(nodeImagesSubject(node), {
    callback: (error, message) => {
      if (error !== null || message.reply === undefined || message.reply === '') return;
      const request = requestOf(message);
      const answer = 'refusal' in request ? Promise.resolve(request.refusal) : handler(request);
      void answer.then((body) => {
        if (!nc.isClosed()) message.respond(JSON.stringify(body));
      });
    },
  });
  return () => subscription.unsubscribe();
}

function requestOf(message: Msg): ImagesRequest | PieceRequest | { readonly refusal: ImagesRefusal } {
  const verb = message.subject.split('.').at(-1);
  const head = message.headers?.get(pieceHeader);
  const parsed =
    verb === 'piece' ? pieceHead.safeParse(json(head ?? '')) : imagesRequest.safeParse(json(message.string()));
  if (!parsed.success) {
    return { refusal: { ok: false, code: 'invalid', message: z.prettifyError(parsed.error).slice(0, 4096) } };
  }
  return 'verb' in parsed.data ? parsed.data : { ...parsed.data, verb: 'piece', bytes: message.data };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is no question: the schema refuses it.
    return undefined;
  }
}
