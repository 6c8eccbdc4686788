/** How Node is started for the long-running programs; the units in systemd say the same. */

/**
 * The master is as small as its cluster, and fast in a large one: the heap grows by half of what is alive before it is
 * collected, where Node lets it grow to twice that and more.
 */
export const masterFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50'];

/**
 * The agent does little, and not at once: a little more collecting, a lot less resident memory. Threads beside it that collect
 * and compile cost more than they save, and each keeps memory of its own. Only what runs very much is optimized, as the reading
 * of long logs is: what runs some times a second was optimized again after each collection, for a quarter of the agent's CPU.
 */
export const agentFlags = [
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--max-lazy',
  '--single-threaded-gc',
  '--v8-pool-size=1',
  '--interrupt-budget=10000000',
];
