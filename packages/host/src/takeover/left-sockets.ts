import { HostError } from "../errors.ts";
import type { LeftSocket } from "./takeover.ts";

/** A server whose socket the next host gets; its descriptor is null while it does not listen. */
export type Listening = Omit<LeftSocket, "descriptor"> & { readonly descriptor: number | null };

/**
 * What the next host can listen on.
 *
 * @throws TIDEGATE_UPGRADE_FAILED where sockets cannot be passed to another process
 */
export function leftSockets(servers: readonly Listening[]): LeftSocket[] {
  return servers.map(({ descriptor, ...place }) => {
    if (descriptor !== null) return { ...place, descriptor };
    throw new HostError(
      "TIDEGATE_UPGRADE_FAILED",
      "Cannot upgrade the host: this system does not pass listening sockets to another process",
    );
  });
}
