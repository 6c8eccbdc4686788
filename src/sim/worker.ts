/** One worker of a simulation: a part of the fleet, on one NATS connection, until the channel to its parent closes. */

import { realClock } from '../common/actor/clock.ts';
import { createLogger } from '../common/process/logger.ts';
import { type Program, UserError, untilStopped } from '../common/process/program.ts';
import { connectNats } from '../common/wire/connect.ts';
import { natsTransport } from '../common/wire/nats-transport.ts';
import { FleetPart } from './device/fleet-part.ts';
import type { Figures, FromWorker, ToWorker } from './worker-protocol.ts';

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
  const part = new FleetPart(plan, { clock: realClock, log, transport: natsTransport(nc) });
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
  const answer = (message: FromWorker): void => void process.send?.(message);
  process.on('message', (received) => {
    const message = received as ToWorker;
    if (message.type === 'disturb') part.disturb();
    if (message.type === 'quiet') part.quiet();
    if (message.type === 'cut') part.cut(message.site, message.cut);
    if (message.type === 'figures') answer({ type: 'figures', id: message.id, figures: figures() });
    if (message.type === 'inventory') answer({ type: 'inventory', id: message.id, found: part.inventory() });
  });
  part.start();
  await untilStopped(stop);
  // Devices lose their power: nobody waits for ten thousand actors to say goodbye.
  await nc.close();
  return 0;
};
