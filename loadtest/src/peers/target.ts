/** Where a peer forwards to: `http://127.0.0.1:port`, or `unix:/path` for those that support it. */
export function targetFromArguments(): string {
  const target = process.argv[2];
  if (target === undefined) throw new Error("Cannot start a peer: no target given");
  return target;
}

/** Idle connections a peer may keep to the app: more than the generator has, so that none is ever closed and reopened. */
export const peerConnections = 256;
