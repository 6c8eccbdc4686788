/** One worker of a simulation: a part of the fleet, on one NATS connection, until the channel to its parent closes. */

import { realClock } from '../common/actor/clock.ts';
import { createLogger } from '../common/process/logger.ts';
import { type Program, UserError, untilStopped } from '../common/process/program.ts';
import { connectNats } from '../common/wire/connect.ts';
import { natsTransport } from '../common/wire/nats-transport.ts';
import type { LivedAt } from './core/lives.ts';
import { FleetPart } from './device/fleet-part.ts';
import type { Answer, Figures, FromWorker, ToWorker } from './worker-protocol.ts';

const TELL_LIVES_EVERY = 1_000;
/** Milliseconds of the machine's steady clock, which all processes share. */
const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

type Begin = Extract<ToWorker, { type: 'begin' }>;

export const worker: Program = async (_argv, stop) => {
  if (process.send === undefined) throw new UserError('bramble sim worker: only bramble sim starts workers');
  const begin = await new Promise<Begin>((resolve) => {
    process.once('message', (message) => resolve(message as Begin));
  });
  const { server, plan, logLevel } = begin;
  const log = createLogger('sim', logLevel as Parameters<typeof createLogger>[1]);
  const connecting = connectNats({ servers: server, name: `sim ${plan.from}`, lifetime: 'long' });
  const nc = await Promise.race([connecting, untilStopped(stop)]);
  if (nc === undefined) return 0;
  let lives: LivedAt[] = [];
  const part = new FleetPart(plan, {
    ...{ clock: realClock, log, transport: natsTransport(nc) },
    onLife: (life) => void lives.push({ ...life, at: sharedNow() }),
  });
  const figures = (): Figures => {
    const { inBytes, outBytes, inMsgs, outMsgs } = nc.stats();
    const { user, system } = process.cpuUsage();
    return {
      ...part.happened(),
      bytes: inBytes + outBytes,
      messages: inMsgs + outMsgs,
      rss: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
    };
  };
  const tellLives = (): void => {
    process.send?.({ type: 'lives', until: sharedNow(), lives } satisfies FromWorker);
    lives = [];
  };
  const answer = (message: Answer): void => {
    tellLives();
    process.send?.(message);
  };
  process.on('message', (received) => {
    const message = received as ToWorker;
    if (message.type === 'disturb') part.disturb();
    if (message.type === 'quiet') part.quiet();
    if (message.type === 'cut') part.cut(message.site, message.cut);
    if (message.type === 'figures') answer({ type: 'figures', id: message.id, figures: figures() });
    if (message.type === 'inventory') answer({ type: 'inventory', id: message.id, found: part.inventory() });
  });
  const tellAgain = (): void => {
    tellLives();
    stopTelling = realClock.timer(TELL_LIVES_EVERY, tellAgain);
  };
  let stopTelling = realClock.timer(TELL_LIVES_EVERY, tellAgain);
  part.start();
  await untilStopped(stop);
  stopTelling();
  // Devices lose their power: nobody waits for ten thousand actors to say goodbye.
  await nc.close();
  return 0;
};
