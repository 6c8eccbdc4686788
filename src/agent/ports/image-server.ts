/** Where clients ask about the device's images. Main fills it with serveImages on the node's subject. */

import type { ImagesAnswer, ImagesRequest, ImagesVerb, PieceRequest } from '../../common/wire/images-protocol.ts';

/** Answers one question of a client; never rejects. */
export type ImageHandler = (request: ImagesRequest | PieceRequest) => Promise<ImagesAnswer<ImagesVerb>>;
export interface ImageServer {
  /** Answers with the function that ends the service. */
  serve(handler: ImageHandler): () => void;
}
