/**
 * While the load changes but nothing calls for a decision, one is made this long after the last change, in milliseconds:
 * so that a request that finds room costs no timer of its own.
 */
export const lookAgainMs = 500;
