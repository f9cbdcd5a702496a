/** What memory allows at the moment; asked for each request, so it is only looked at here. */
export interface MemoryGate {
  /** Whether another instance may be started. */
  readonly canStart: boolean;
  /** Whether requests can be taken at all: the host's own heap has room. */
  readonly canServe: boolean;
}

/** Memory that nobody watches. */
export const openGate: MemoryGate = { canStart: true, canServe: true };
