import type { lookup } from "node:dns";
import type { Server } from "node:net";

export type Lookup = typeof lookup;

/** Node counts calls of `listen` and `close` in it: what was asked for before the last of them has no effect any more. */
type CountingServer = Server & { _listeningId?: number };

/**
 * Looks up where a server is to listen, as Node does also for what is an address already: such a server does not listen before
 * the next tick, and `server.address()` names what the name stands for.
 *
 * @param then called with the address, the name itself where it stands for none; with null when the app has closed the server or
 * let it listen elsewhere meanwhile
 */
export function resolveHost(
  server: Server,
  host: string,
  lookUp: Lookup,
  then: (address: string | null) => void,
): void {
  const counting = server as CountingServer;
  const asked = (counting._listeningId ?? 0) + 1;
  counting._listeningId = asked;
  lookUp(host, { all: true }, (error, addresses) => {
    if (counting._listeningId !== asked) then(null);
    else then(error === null ? (usable(addresses) ?? host) : host);
  });
}

/** As Node, which passes over link-local addresses where there are others. */
function usable(addresses: readonly { readonly address: string }[]): string | undefined {
  return (addresses.find(({ address }) => !/^fe[89ab]/i.test(address)) ?? addresses[0])?.address;
}
