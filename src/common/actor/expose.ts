/** A local actor served on the transport: what comes is decoded, checked, handed to it, and answered. */
import { AskError } from './ask.ts';
import { isWatchable } from './local-ref.ts';
import { type Door, type Entry, entryOf } from './remote-ref.ts';
import { type Delivery, decodeMessage, encodeAnswer, encodeRefusal } from './transport.ts';
import type { Address, ExposeOptions, Message, Millis, Ref, Wire } from './types.ts';

const ANSWER_WITHIN = 30_000;

type Exposure<M extends Message> = Door<M> & { readonly ref: Ref<M> };
/** A reference whose questions are not known until they come. */
type Asked = Address & { tell(msg: Message): boolean; ask(msg: Message, within: Millis): Promise<unknown> };

/**
 * Resolves once messages can come. Input that does not fit its schema never reaches the actor: an asker is told
 * 'invalid', and the message goes to dead letters with the reason. The exposure ends with the actor.
 */
export async function expose<M extends Message>(exposure: Exposure<M>, options: ExposeOptions = {}): Promise<void> {
  const { ref, transport } = exposure;
  if (!isWatchable(ref)) throw new TypeError(`${ref.path}: only an actor of this system can be exposed`);
  const { path = ref.path, queue, within = ANSWER_WITHIN } = options;
  const handler = (delivery: Delivery): void => receive(exposure, delivery, within);
  const end = await transport.serve(path, handler, {
    types: Object.keys(exposure.wire),
    ...(queue === undefined ? {} : { queue }),
  });
  ref.watchedBy({ notice: end });
}

function receive<M extends Message>(exposure: Exposure<M>, delivery: Delivery, within: Millis): void {
  const { type, reply } = delivery;
  const read = readMessage(exposure.wire, delivery);
  if ('why' in read) {
    exposure.deadLetter(exposure.ref, { type }, `from the wire: ${read.why}`);
    reply?.(encodeRefusal('invalid', `${type} of ${delivery.path}: ${read.why}`));
    return;
  }
  const { msg, answer } = read;
  const ref = exposure.ref as unknown as Asked;
  if (reply === undefined || answer === undefined) {
    ref.tell(msg);
    return;
  }
  ref
    .ask(msg, within)
    .then((value) => encodeAnswer(answer.parse(value)))
    .then(reply, (error: unknown) => reply(refusal(error)));
}

type Read = { readonly msg: Message; readonly answer: Entry['answer'] } | { readonly why: string };

function readMessage<M extends Message>(wire: Wire<M>, { type, body, params, reply }: Delivery): Read {
  const entry = entryOf(wire, type);
  if (entry === undefined) return { why: 'no such type' };
  if (reply !== undefined && entry.answer === undefined) return { why: 'it is told, not asked' };
  try {
    return { msg: entry.msg.parse(decodeMessage(type, body, params)), answer: entry.answer };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

function refusal(error: unknown): Uint8Array {
  if (error instanceof AskError) return encodeRefusal(error.code, error.message);
  return encodeRefusal('failed', `its answer does not fit the wire: ${String(error)}`);
}
