/** Arguments that cannot be answered: the message tells the agent what to send instead. */
export class ToolRefusal extends Error {}
