/**
 * What clients ask a device about its images, on `bramble.node.<node>.down.images.<verb>`: to list and remove them, and to
 * take an archive in pieces. A piece's bytes are the message's body as they are, and what it is stands in a header; the device
 * answers each with how far it is, so that a transfer goes on where it stopped, whoever stopped.
 */

import * as z from 'zod';

/** Bytes of an archive in one message. */
export const pieceBytes = 256 * 1024;
/** The header of a piece: JSON of `pieceHead`. */
export const pieceHeader = 'Bramble-Piece';

const archiveDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');
const imageName = z.string().min(1).max(512);
const bytes = z.number().int().min(0);

const listRequest = z.object({ verb: z.literal('list') });
const removeRequest = z.object({ verb: z.literal('remove'), reference: imageName, force: z.boolean() });
/** Begins a transfer, or goes on with one. */
const beginRequest = z.object({
  verb: z.literal('begin'),
  digest: archiveDigest,
  size: bytes,
  /** How long it is without its compression, if it has any. */
  unpacked: bytes.optional(),
  /** Of its images, as `linux/arm64`. */
  platforms: z.array(z.string().max(64)).max(100),
  /** Takes an archive for another architecture too. */
  force: z.boolean(),
});
export const pieceHead = z.object({
  digest: archiveDigest,
  offset: bytes,
  /** SHA-256 of the piece, in hexadecimal. */
  sum: z.string().length(64),
});
/** Imports a whole archive. Asked again and again until it is done: an import takes longer than one question may. */
const importRequest = z.object({
  verb: z.literal('import'),
  digest: archiveDigest,
  size: bytes,
  names: z.array(imageName).max(100),
  as: imageName.optional(),
  /** Other than the device's own: as `linux/arm64`. */
  platform: z.string().max(64).optional(),
});
export const imagesRequest = z.discriminatedUnion('verb', [listRequest, removeRequest, beginRequest, importRequest]);
export type ImagesRequest = z.infer<typeof imagesRequest>;
/** A piece has bytes beside its JSON. */
export type PieceRequest = z.infer<typeof pieceHead> & { readonly verb: 'piece'; readonly bytes: Uint8Array };

const refusal = z.object({
  ok: z.literal(false),
  code: z.enum([
    'invalid',
    'unsupported',
    'too-large',
    'no-room',
    'architecture',
    'overloaded',
    'corrupt',
    'in-use',
    'not-found',
    'failed',
  ]),
  message: z.string().max(4096),
});
export type ImagesRefusal = z.infer<typeof refusal>;

const nodeImage = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  sizeBytes: bytes,
  pinned: z.boolean(),
  /** Pods with a container of it, as `<namespace>/<name>`. */
  usedBy: z.array(z.string()),
});
export type NodeImage = z.infer<typeof nodeImage>;

/** Each verb's answer when it is not refused. */
const answers = {
  list: z.object({ ok: z.literal(true), images: z.array(nodeImage), left: bytes }),
  remove: z.object({ ok: z.literal(true), removed: z.array(z.string()) }),
  /** `platform` is what the import has to be told, where the archive has nothing for the device's own. */
  begin: z.object({ ok: z.literal(true), have: bytes, platform: z.string().optional() }),
  piece: z.object({ ok: z.literal(true), have: bytes }),
  import: z.object({ ok: z.literal(true), images: z.array(z.string()).optional() }),
};
export const imagesAnswers = {
  list: z.union([answers.list, refusal]),
  remove: z.union([answers.remove, refusal]),
  begin: z.union([answers.begin, refusal]),
  piece: z.union([answers.piece, refusal]),
  import: z.union([answers.import, refusal]),
};
export type ImagesVerb = keyof typeof answers;
export type ImagesAnswer<V extends ImagesVerb> = z.infer<(typeof answers)[V]> | ImagesRefusal;
