/** Counters that several processes share. */
export interface Counters {
  /** The file in memory (memfd) that holds them; give it to another process, and close it when no further one needs it. */
  readonly descriptor: number;
  /** 8 bytes for each counter, all 0 at first. Use `BigInt64Array` and `Atomics`. */
  readonly memory: ArrayBuffer;
}

/**
 * What the native addon does, for hosts and for templates. A system call that fails throws an error as Node's own do, with
 * `code`, `errno` and `syscall`; a wrong argument throws a `TypeError`.
 */
export interface Forking {
  /** Two connected stream sockets, which programs started later do not inherit. */
  socketPair(): [number, number];
  /**
   * Sends a text, and descriptors with its first byte, without waiting for the receiver.
   *
   * @param descriptors - at most 64; they stay open here
   * @throws `EAGAIN` when the receiver has too much to read already: nothing was sent. After `ETIMEDOUT` a part was sent, and
   *   the stream is of no use any more (only with texts above 32 KiB)
   */
  send(descriptor: number, text: string, descriptors: readonly number[]): void;
  /** Makes this process the parent of descendants whose own parent has ended: forked instances, and what instances leave. */
  becomeSubreaper(): void;
  /**
   * Waits for the end of a child and reaps it.
   *
   * @param onExit - called once with the exit code or the signal's name; with -1 when another part of this program has reaped it
   * @returns stops waiting; the child is then not reaped
   */
  watchExit(pid: number, onExit: (code: number | null, signal: string | null) => void): () => void;
  /** Reaps the ended children of a process group; true while children of this process are left in it. */
  reapGroup(group: number): boolean;
  /** Has the kernel kill this process (SIGKILL) when its parent ends; kills it at once when `parent` is not its parent any more. */
  dieWithParent(parent: number): void;
  /** Runs the event loop until something has happened, from within JavaScript; false when nothing keeps it alive. Run `process._tickCallback()` after it. */
  turnLoop(): boolean;
  /** Waits until all work on the thread pool is done. Its callbacks run later, in turns of the loop. */
  drainPool(): void;
  /**
   * Serves orders to fork from a control stream. It never returns in the process that calls it: that one forks for each
   * order, and ends when the stream does. In every child it returns, with the control socket in the place of the stream, and
   * standard output and error replaced. The template answers each fork in the order of the orders, with a line of JSON:
   * `{"type":"forked","pid":N}`, or `{"type":"failed","call":"fork","code":"EAGAIN"}`. A child writes the first of these to its
   * own control socket, too, before it leaves the template's process group: the template may be killed before it answers.
   *
   * @param control - the stream: lines `fork JSON` with three descriptors (control, stdout, stderr), `learn PID`, `reclaim`
   * @returns the JSON of the child's order
   */
  serveForks(control: number): string;
  /**
   * Waits in a child for one line of its control stream, after copying the pages that instances are known to write to; ends the
   * process when the stream ends before.
   *
   * @returns the line, without its end
   */
  hold(descriptor: number): string;
  /**
   * Takes over what happens when nothing keeps the event loop of this thread alive: Node's own way may wait for ever in a forked
   * child, in its main thread and in each worker thread.
   *
   * @param onIdle - nothing is left to do: emit `beforeExit`. Ticks and microtasks run after it
   * @param onEnd - still nothing: end the process with `process.exit()`. Node would end with code 13 here while a top-level
   *   await of the main module is not settled
   */
  takeOverEnd(onIdle: () => void, onEnd: () => void): void;
  /** Whether anything keeps the event loop alive, but for what `takeOverEnd` added. */
  isLoopAlive(): boolean;
  /** Requests of the event loop that are not done yet: all work on the thread pool, connections being made, name look-ups. */
  pendingRequests(): number;
  /** Opens a regular file or a folder anew at the same number and offset, so that its offset is not shared with other processes. */
  reopen(descriptor: number): void;
  /** Makes 1 to 1,048,576 counters in memory that can be shared with other processes. */
  createCounters(count: number): Counters;
  /** The counters of another process. */
  openCounters(descriptor: number): ArrayBuffer;
}
