/** What both ends of a stream (stream.ts) do alike: frames out within the window, frames in as pieces, signs of life. */

import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { Clock } from '../actor/types.ts';
import {
  aliveMillis,
  type Channel,
  chunkBytes,
  creditBytes,
  type FrameKind,
  frameCost,
  type Piece,
  type StreamEnd,
  StreamError,
  silentTicks,
  windowBytes,
} from './stream.ts';
import { frameParser, frameWriter, jsonBody, jsonOf, type StreamFrame } from './stream-frame.ts';

/** Room in a message for NATS' own headers and the frame's. */
const overhead = 512;
const nothing = new Uint8Array();

export type LineOptions = {
  readonly nc: NatsConnection;
  readonly clock: Clock;
  /** The subject on which the other end hears this one; the client learns it with the first answer. */
  readonly to?: string;
  /** What it means that nobody hears the other end. */
  readonly nobody: () => StreamError;
  /** Takes a frame of a kind that is this end's own affair. May throw StreamError, which ends the line. */
  readonly own: (frame: StreamFrame) => void;
};

export class StreamLine implements StreamEnd {
  /** Where this end hears the other. */
  readonly inbox = createInbox();
  readonly #options: LineOptions;
  readonly #subscription: Subscription;
  readonly #frame = frameWriter();
  readonly #parse = frameParser();
  readonly #gone = new AbortController();
  readonly #chunk: number;
  #to: string | undefined;
  #quiet = 0;
  #cancelTick = (): void => {};
  /** Of what was sent: not yet taken by the other end. */
  #sent = 0;
  #wakeWriters = (): void => {};
  #room: Promise<void> | undefined;
  /** Of what was received: not yet taken by this end, and taken but not yet said so. */
  readonly #pieces: { readonly piece: Piece; readonly cost: number }[] = [];
  #waiting = 0;
  #taken = 0;
  #finished = false;
  #allHeard = false;
  #wakeReader = (): void => {};

  constructor(options: LineOptions) {
    this.#options = options;
    this.#to = options.to;
    const largest = options.nc.info?.max_payload ?? chunkBytes;
    this.#chunk = Math.max(1, Math.min(chunkBytes, largest - overhead));
    this.#subscription = options.nc.subscribe(this.inbox, {
      callback: (error, message) => {
        if (error === null) this.#hear(message);
        else this.end(new StreamError('unreachable', error.message, { cause: error }));
      },
    });
    void this.#subscription.closed.then(() =>
      this.end(new StreamError('unreachable', 'the connection to NATS is closed')),
    );
    this.#tick();
  }

  /** Aborts with a StreamError when the stream has ended for this end. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  async write(bytes: Uint8Array, channel: Channel = 'out'): Promise<void> {
    for (let from = 0; from < bytes.length; from += this.#chunk)
      await this.#send(channel, bytes.subarray(from, from + this.#chunk));
  }

  async say(word: unknown): Promise<void> {
    const body = jsonBody(word);
    if (body.length > this.#chunk) throw new StreamError('invalid', `a word of ${body.length} bytes`);
    await this.#send('word', body);
  }

  finish(): void {
    if (this.#finished || this.#gone.signal.aborted) return;
    this.#finished = true;
    if (this.#to !== undefined) this.speak('fin');
  }

  async *receive(): AsyncGenerator<Piece, void, undefined> {
    for (;;) {
      const next = this.#pieces.shift();
      if (next !== undefined) {
        yield next.piece;
        this.#take(next.cost);
      } else if (this.#allHeard) {
        return;
      } else {
        this.#gone.signal.throwIfAborted();
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    }
  }

  /** Sends a frame that needs no room. One that nobody can hear is not sent. */
  speak(kind: FrameKind, body: Uint8Array = nothing): void {
    const { nc } = this.#options;
    if (this.#to === undefined || nc.isClosed()) return;
    nc.publish(this.#to, this.#frame(kind, body), { reply: this.inbox });
  }

  /** No more comes from the other end: `receive` ends once all is taken. */
  heardAll(): void {
    this.#allHeard = true;
    this.#wakeReader();
  }

  /** The stream is over for this end: who writes or receives hears of it, nothing is heard any more. */
  end(reason: StreamError): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort(reason);
    this.#cancelTick();
    this.#subscription.unsubscribe();
    this.#wakeWriters();
    this.#wakeReader();
  }

  async #send(kind: FrameKind, body: Uint8Array): Promise<void> {
    const cost = body.length + frameCost;
    while ((this.#to === undefined || this.#sent + cost > windowBytes) && !this.#gone.signal.aborted) {
      this.#room ??= new Promise((resolve) => {
        this.#wakeWriters = resolve;
      });
      await this.#room;
    }
    this.#gone.signal.throwIfAborted();
    if (this.#finished) throw new StreamError('closed', 'nothing can be sent after the end');
    this.#sent += cost;
    this.speak(kind, body);
  }

  #take(cost: number): void {
    this.#waiting -= cost;
    this.#taken += cost;
    if (this.#taken < creditBytes || this.#gone.signal.aborted) return;
    const taken = this.#taken;
    this.#taken = 0;
    this.speak('credit', jsonBody(taken));
  }

  #hear(message: Msg): void {
    this.#quiet = 0;
    // NATS' own word that nobody hears the other end's subject any more.
    if (message.headers?.code === 503) {
      this.end(this.#options.nobody());
      return;
    }
    if (message.reply && this.#to === undefined) this.#found(message.reply);
    try {
      this.#understand(this.#parse(message.data));
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.speak('error', jsonBody({ code: error.code, message: error.message }));
      this.end(error);
    }
  }

  /** The other end has told where it hears: what waited for that is said. */
  #found(to: string): void {
    this.#to = to;
    if (this.#finished) this.speak('fin');
    this.#letWrite();
  }

  #letWrite(): void {
    this.#room = undefined;
    this.#wakeWriters();
  }

  #understand(frame: StreamFrame): void {
    switch (frame.kind) {
      case 'out':
      case 'err':
        this.#keep({ channel: frame.kind, bytes: frame.body }, frame.body.length);
        return;
      case 'word':
        this.#keep({ channel: 'word', word: jsonOf(frame.body) }, frame.body.length);
        return;
      case 'fin':
        this.heardAll();
        return;
      case 'alive':
        return;
      case 'credit':
        this.#credit(Number(jsonOf(frame.body)));
        return;
      default:
        this.#options.own(frame);
    }
  }

  #keep(piece: Piece, length: number): void {
    const cost = length + frameCost;
    this.#waiting += cost;
    if (this.#allHeard || this.#waiting > windowBytes)
      throw new StreamError('invalid', 'the other end sends more than it may');
    this.#pieces.push({ piece, cost });
    this.#wakeReader();
  }

  #credit(bytes: number): void {
    if (!(bytes >= 0)) throw new StreamError('invalid', 'the other end took what was not sent');
    this.#sent = Math.max(0, this.#sent - bytes);
    this.#letWrite();
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.timer(aliveMillis, () => {
      this.#quiet += 1;
      if (this.#quiet >= silentTicks) {
        const seconds = (silentTicks * aliveMillis) / 1000;
        this.end(new StreamError('silent', `nothing was heard from the other end for ${seconds} s`));
        return;
      }
      this.speak('alive');
      this.#tick();
    });
  }
}
