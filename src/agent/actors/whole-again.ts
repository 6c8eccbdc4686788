/** What others have told these actors can not be told again by halves: when one fails, the agent starts anew as a whole. */
export const wholeAgain = { intensity: { restarts: 0, within: 1 } } as const;
