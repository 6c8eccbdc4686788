/**
 * `bench kernel [messages]`: messages and questions that an actor handles in a second, and the memory of an idle
 * actor. The floor is the least that an asynchronous message can cost in Node: a queue of closures that a microtask
 * drains. Each figure is the best of some rounds, which shows what the code costs, and not what else the machine does.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { realClock } from '../src/common/actor/clock.ts';
import { silentLogger } from '../src/common/actor/silent-logger.ts';
import { createSystem } from '../src/common/actor/system.ts';
import type { ActorSystem, Asks, Behavior } from '../src/common/actor/types.ts';

type Sink = { type: 'add'; by: number } | ({ type: 'total' } & Asks<number>);

const ROUNDS = 5;
/** Told before the actor has its turn: as many as a default mailbox takes. */
const BURST = 1_000;
const ACTORS = 100_000;

export async function run(args: readonly string[] = []): Promise<Record<string, number>> {
  const messages = args[0] === undefined ? 1_000_000 : Number(args[0]);
  if (!Number.isInteger(messages) || messages < BURST) {
    throw new RangeError(`messages: ${args[0]} found, a whole number of at least ${BURST} is accepted`);
  }
  const system = createSystem({ clock: realClock, log: silentLogger, random: Math.random });
  const floor = await best(messages, () => callQueue(messages));
  const tells = await best(messages, () => tell(system, messages));
  const questions = Math.ceil(messages / 10);
  const asks = await best(questions, () => ask(system, questions));
  const bytes = await bytesPerActor(system);
  await system.shutdown();
  return {
    messages_s: Math.round(tells),
    asks_s: Math.round(asks),
    bytes_actor: Math.round(bytes),
    floor_messages_s: Math.round(floor),
    ratio: Math.round((floor / tells) * 100) / 100,
  };
}

/** Units a second in the fastest round. */
async function best(units: number, round: () => Promise<void>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < ROUNDS; index += 1) {
    const begin = performance.now();
    await round();
    fastest = Math.min(fastest, performance.now() - begin);
  }
  return units / (fastest / 1_000);
}

function expectTotal(found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} messages were handled, ${expected} were sent`);
}

async function callQueue(messages: number): Promise<void> {
  let total = 0;
  for (let sent = 0; sent < messages; sent += BURST) {
    const queue: (() => void)[] = [];
    for (let index = 0; index < BURST; index += 1) {
      queue.push(() => {
        total += 1;
      });
    }
    await Promise.resolve();
    for (const call of queue) call();
  }
  expectTotal(total, Math.ceil(messages / BURST) * BURST);
}

const sink: Behavior<Sink> = () => {
  let total = 0;
  return {
    on: {
      add: ({ by }) => {
        total += by;
      },
      total: (_msg, turn) => turn.reply(total),
    },
  };
};

async function tell(system: ActorSystem, messages: number): Promise<void> {
  const ref = system.spawn('sink', sink, { mailbox: { capacity: BURST + 1 } });
  let total = 0;
  for (let sent = 0; sent < messages; sent += BURST) {
    for (let index = 0; index < BURST; index += 1) ref.tell({ type: 'add', by: 1 });
    total = await ref.ask({ type: 'total' }, 10_000);
  }
  expectTotal(total, Math.ceil(messages / BURST) * BURST);
  await system.stop(ref);
}

async function ask(system: ActorSystem, questions: number): Promise<void> {
  const ref = system.spawn('sink', sink);
  for (let asked = 0; asked < questions; asked += 1) await ref.ask({ type: 'total' }, 10_000);
  await system.stop(ref);
}

/** Heap of an actor that has started and waits, its closure of one number and its handlers included. */
async function bytesPerActor(system: ActorSystem): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const before = process.memoryUsage().heapUsed;
  const refs = Array.from({ length: ACTORS }, (_, index) => system.spawn(`actor-${index}`, sink));
  await refs.at(-1)?.ask({ type: 'total' }, 60_000);
  collect();
  return (process.memoryUsage().heapUsed - before) / ACTORS;
}
