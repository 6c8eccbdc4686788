/** How Node is started for the long-running programs; the units in systemd say the same. */

/** Heap settings for small devices: a little more collecting, a lot less resident memory. */
export const nodeFlags = ['--max-semi-space-size=1', '--optimize-for-size', '--max-lazy'];

/**
 * The agent does little, and not at once: threads beside it that collect and compile cost more than they save, and each keeps
 * memory of its own.
 */
export const agentFlags = [...nodeFlags, '--single-threaded-gc', '--v8-pool-size=1'];
