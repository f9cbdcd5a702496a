/** What a template needs of the native addon (`@tidegate/fork`). A system call that fails throws with its `code`. */
export interface TemplateForking {
  /** Two connected stream sockets. */
  socketPair(): [number, number];
  /** Has the kernel kill this process when its parent ends; at once when that is no longer `parent`. */
  dieWithParent(parent: number): void;
  /** One turn of the event loop inside of a synchronous call. */
  turnLoop(): boolean;
  /** Returns when all work that was given to the thread pool is done; what it led to comes on later turns. */
  drainPool(): void;
  /** Requests of the event loop that are not answered yet, such as work on the thread pool. */
  pendingRequests(): number;
  /** Whether anything keeps the event loop alive, but for what `takeOverEnd` added. */
  isLoopAlive(): boolean;
  /** Serves orders from this descriptor. Returns in each child only, with the JSON it is given. */
  serveForks(control: number): string;
  /** In a child: waits, with the pages it is known to write copied already, and returns the JSON that follows. */
  hold(control: number): string;
  /** Calls back when nothing else keeps the event loop alive, and once more when still nothing does. */
  takeOverEnd(onIdle: () => void, onEnd: () => void): void;
  /** Opens the file of a descriptor again, so that its offset is this process's own. */
  reopen(descriptor: number): void;
}

/** Loads the addon without a trace in the module cache. */
export function loadAddon(path: string): TemplateForking {
  const addon: { exports: Partial<TemplateForking> } = { exports: {} };
  process.dlopen(addon, path);
  return addon.exports as TemplateForking;
}
