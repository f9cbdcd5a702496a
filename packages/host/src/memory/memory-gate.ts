/** What memory allows at the moment. Asked for each request: it only tells what was found when memory was looked at. */
export interface MemoryGate {
  /** Whether another instance may be started. */
  readonly canStart: boolean;
  /** Whether instances are started for load only, and none is kept warm without. */
  readonly isTight: boolean;
  /** Whether requests can be taken at all: the host's own heap has room. */
  readonly canServe: boolean;
  /** An instance is wanted that there is no room for. Returns whether idle ones go, and it may be waited for. */
  makeRoom(): boolean;
}

/** Memory that nobody watches. */
export const openGate: MemoryGate = { canStart: true, isTight: false, canServe: true, makeRoom: () => false };
