import test from 'ava';
import { realClock } from '../../../src/common/actor/clock.ts';
import { createMemoryNetwork } from '../../../src/common/actor/memory-transport.ts';
import { transportContract } from './transport-contract.ts';

transportContract(test, async () => {
  const network = createMemoryNetwork({ clock: realClock, random: () => 0 });
  let connections = 0;
  return {
    connect: async () => {
      connections += 1;
      const transport = network.connect(`process-${connections}`);
      return { transport, close: async () => transport.close() };
    },
    stop: async () => {},
  };
});
