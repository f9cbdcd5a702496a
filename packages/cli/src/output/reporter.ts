import type { InvocationRecord } from "@tidegate/core";
import type { Host, HostEvent } from "@tidegate/host";

/** Tells the world what a running host does. */
export interface Reporter {
  /** Gives it the host, before that starts. */
  attach(host: Host): void;
  readonly onEvent: (event: HostEvent) => void;
  /** Null when it does not care for single requests, which then cost nothing. */
  readonly onInvocation: ((record: InvocationRecord) => void) | null;
  /** Says something that is no event of the host. */
  note(message: string): void;
  /** The host is told to stop. */
  onStopping(): void;
  /** Releases the terminal and says the last word. */
  close(): void;
}
