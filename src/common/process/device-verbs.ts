/** `bramble agent WORD` with one of these asks the agent that runs, and loads nothing of it. */
export const deviceVerbs = ['status', 'pods', 'top', 'hardware', 'logs', 'apply', 'delete'] as const;
