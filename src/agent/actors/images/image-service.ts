/** Answers clients about the device's images. A failure that nobody foresaw fails this actor, and loses no archive. */

import { AskError } from '../../../common/actor/ask.ts';
import type { Asks, Behavior, Millis } from '../../../common/actor/types.ts';
import type { ImagesAnswer, ImagesRequest, ImagesVerb, PieceRequest } from '../../../common/wire/images-protocol.ts';
import type { Cri } from '../../ports/cri.ts';
import type { ImageServer } from '../../ports/image-server.ts';
import type { ImageStore } from '../../ports/image-store.ts';
import type { Registries } from '../../ports/registries.ts';
import { listImages, removeImage } from './image-inventory.ts';
import { imageTransfers, refusalOf } from './image-transfers.ts';

type Request = ImagesRequest | PieceRequest;
type Answer = ImagesAnswer<ImagesVerb>;
export type ImageServiceMessage =
  | ({ readonly type: 'asked'; readonly request: Request } & Asks<Answer>)
  | { readonly type: 'answered'; readonly answer: Answer; reply(answer: Answer): void }
  | { readonly type: 'broken'; readonly error: unknown; reply(answer: Answer): void }
  | { readonly type: 'expire' }
  | { readonly type: 'expired' };

/** What the agent needs for its images. */
export type ImageParts = {
  readonly registries: Registries;
  /** Most pulls at once. */
  readonly maxPulls: number;
  readonly store: ImageStore;
  readonly server: ImageServer;
  /** Largest archive that is taken. */
  readonly maxBytes: number;
  /** The image that Bramble brings for pods' sandboxes. */
  readonly sandboxImage: string;
};

const ANSWER_WITHIN: Millis = 60_000;
/** Questions at once; a piece of an archive is held in memory until it is on the disk. */
const MOST_QUESTIONS = 16;
const EXPIRE_EVERY: Millis = 3_600_000;

export function imageService(
  cri: Pick<Cri, 'listImages' | 'listContainers' | 'imageStatus' | 'removeImage'>,
  { store, server, maxBytes, sandboxImage }: Omit<ImageParts, 'registries' | 'maxPulls'>,
  architecture: string | undefined,
): Behavior<ImageServiceMessage> {
  return (self) => {
    const transfers = imageTransfers(store, { maxBytes, architecture }, () => self.clock.now());

    function answer(request: Request): Promise<Answer> {
      switch (request.verb) {
        case 'list':
          return listImages(cri);
        case 'remove':
          return removeImage({ cri, store, sandboxImage }, request.reference, request.force);
        case 'begin':
          return transfers.begin(request);
        case 'piece':
          return transfers.piece(request);
        case 'import':
          return transfers.finish(request);
      }
    }

    function expire(): void {
      self.pipe(
        () => transfers.expire(),
        () => ({ type: 'expired' }),
        (error) => ({ type: 'broken', error, reply: () => {} }),
      );
    }

    let open = 0;
    const stop = server.serve(async (request) => {
      if (open >= MOST_QUESTIONS) {
        return { ok: false, code: 'overloaded', message: `${MOST_QUESTIONS} questions about images are open already` };
      }
      open += 1;
      try {
        return await self.ref.ask({ type: 'asked', request }, ANSWER_WITHIN);
      } catch (error) {
        if (!(error instanceof AskError)) throw error;
        return { ok: false, code: 'failed', message: `the agent can not answer now: ${error.message}` };
      } finally {
        open -= 1;
      }
    });
    self.every(EXPIRE_EVERY, { type: 'expire' }, 'expire');
    expire();
    return {
      on: {
        asked({ request }, { reply }) {
          self.pipe(
            () => answer(request),
            (given) => ({ type: 'answered', answer: given, reply }),
            (error) => ({ type: 'broken', error, reply }),
          );
        },
        answered: ({ answer: given, reply }) => reply(given),
        broken({ error, reply }) {
          const refused = refusalOf(error);
          if (refused === undefined) throw error;
          reply(refused);
        },
        expire,
        expired() {},
      },
      stopped: stop,
    };
  };
}
