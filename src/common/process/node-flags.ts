/** How Node is started for the long-running programs; the units in systemd say the same. */

/** Heap settings for small devices: a little more collecting, a lot less resident memory. */
export const nodeFlags = ['--max-semi-space-size=1', '--optimize-for-size', '--max-lazy'];
