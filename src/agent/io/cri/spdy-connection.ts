/** A client's SPDY/3.1 connection (spdy-frames.ts): streams that it opens, each as a Duplex with its own half-close. */

import { Duplex } from 'node:stream';
import { RuntimeStreamsError } from '../../ports/runtime-streams.ts';
import { dataFrame, type Frame, framePayload, frameReader, openFrame, pingFrame, resetFrame } from './spdy-frames.ts';

type Opened = { readonly stream: SpdyStream; readonly replied: () => void };

/**
 * Takes over a socket after its upgrade. Closing it, or its end, destroys the streams that have not ended, with
 * RuntimeStreamsError `broken`. What one stream does not read holds all others back: the protocol's windows are not kept to.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #streams = new Map<number, Opened>();
  readonly #full = new Set<SpdyStream>();
  #nextId = 1;
  #ended: RuntimeStreamsError | undefined;

  /** `head`: what came with the answer to the upgrade. */
  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    const read = frameReader();
    const take = (bytes: Buffer): void => {
      try {
        for (const frame of read(bytes)) this.#take(frame);
      } catch (error) {
        this.#end(
          new RuntimeStreamsError('broken', `what the runtime says is no SPDY/3.1: ${error}`, { cause: error }),
        );
      }
    };
    socket.on('data', take);
    socket.on('error', (cause) => this.#end(new RuntimeStreamsError('broken', cause.message, { cause })));
    socket.on('close', () => this.#end(new RuntimeStreamsError('broken', 'the runtime has closed the connection')));
    if (head.length > 0) take(head);
  }

  /** A stream, once the server has replied: what is sent before would be lost. Rejects with RuntimeStreamsError. */
  async open(headers: Readonly<Record<string, string>>): Promise<SpdyStream> {
    if (this.#ended !== undefined) throw this.#ended;
    const id = this.#nextId;
    this.#nextId += 2;
    return await new Promise((resolve, reject) => {
      const stream = new SpdyStream({
        send: (bytes, fin, done) => {
          this.#socket.write(dataFrame(id, bytes, fin), done);
        },
        wants: (wants) => this.#flow(stream, wants),
        gone: (byUs) => this.#forget(id, byUs),
      });
      // Later on whoever reads or writes it hears of an error.
      stream.on('error', reject);
      this.#streams.set(id, { stream, replied: () => resolve(stream) });
      this.#socket.write(openFrame(id, headers, id === 1));
    });
  }

  close(): void {
    this.#end(new RuntimeStreamsError('broken', 'the connection was closed'));
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'data': {
        const { stream } = this.#streams.get(frame.stream) ?? {};
        if (stream === undefined) return;
        if (frame.bytes.length > 0 && !stream.push(frame.bytes)) this.#flow(stream, false);
        if (frame.fin && !stream.hasAll) stream.push(null);
        return;
      }
      case 'reply': {
        const opened = this.#streams.get(frame.stream);
        opened?.replied();
        if (frame.fin) opened?.stream.push(null);
        return;
      }
      case 'reset': {
        // How the servers end what they have not ended otherwise: nothing is wrong with what came before.
        const { stream } = this.#streams.get(frame.stream) ?? {};
        this.#forget(frame.stream, false);
        stream?.cut();
        return;
      }
      case 'ping':
        this.#socket.write(pingFrame(frame.id));
        return;
      // After a GOAWAY what is open goes on to its end; nothing is opened any more.
      case 'away':
      case 'other':
        return;
    }
  }

  #flow(stream: SpdyStream, wants: boolean): void {
    if (wants) this.#full.delete(stream);
    else this.#full.add(stream);
    if (this.#full.size > 0) this.#socket.pause();
    else this.#socket.resume();
  }

  #forget(id: number, byUs: boolean): void {
    const opened = this.#streams.get(id);
    if (opened === undefined) return;
    this.#streams.delete(id);
    this.#flow(opened.stream, true);
    if (byUs && this.#ended === undefined) this.#socket.write(resetFrame(id));
  }

  #end(reason: RuntimeStreamsError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#socket.destroy();
    for (const { stream } of [...this.#streams.values()]) {
      // One whose every byte has come is whole; its reader may still be behind.
      if (!stream.hasAll) stream.destroy(reason);
    }
  }
}

type Line = {
  send(bytes: Uint8Array, fin: boolean, done: (error?: Error | null) => void): void;
  wants(wants: boolean): void;
  gone(byUs: boolean): void;
};

/** Made by SpdyConnection.open alone. */
export class SpdyStream extends Duplex {
  readonly #line: Line;
  /** Whether the server has sent all that it had. */
  hasAll = false;
  #takesNoMore = false;

  constructor(line: Line) {
    super({ allowHalfOpen: true });
    this.#line = line;
  }

  override push(chunk: unknown): boolean {
    if (chunk === null) this.hasAll = true;
    return super.push(chunk);
  }

  /** The server has ended both directions, or is known to have nothing more to say. */
  cut(): void {
    this.#takesNoMore = true;
    if (!this.hasAll) this.push(null);
  }

  override _read(): void {
    this.#line.wants(true);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#takesNoMore) {
      done(new RuntimeStreamsError('broken', 'the other end takes no more'));
      return;
    }
    const first = chunk.subarray(0, framePayload);
    const rest = chunk.subarray(framePayload);
    this.#line.send(first, false, (error) => {
      if (error || rest.length === 0) done(error);
      else this._write(rest, 'binary', done);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#takesNoMore) done();
    else this.#line.send(Buffer.alloc(0), true, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#line.gone(!this.hasAll);
    done(error);
  }
}
