import type { TemplateForking } from "./forking.ts";

type Emit = (this: NodeJS.Process, event: string | symbol, ...args: unknown[]) => boolean;

export interface NaturalEnd {
  /** Takes over the natural end of a forked child: Node would wait for ever for work of threads that were not forked. */
  readonly takeOver: () => void;
}

/** Calls back when the program has nothing left to do, before anything of the app learns of it. */
export function watchNaturalEnd(forking: TemplateForking, onEnd: () => void): NaturalEnd {
  const table = process as unknown as { emit: Emit };
  let isTold = false;
  let isTakenOver = false;
  const emit = function (this: NodeJS.Process, event: string | symbol, ...args: unknown[]): boolean {
    const original = (Object.getPrototypeOf(process) as { emit: Emit }).emit;
    if (event !== "beforeExit" || isTakenOver) return original.call(this, event, ...args);
    onEnd();
    const wasHeard = original.call(this, event, ...args);
    runTicks();
    isTold = !forking.isLoopAlive();
    return wasHeard;
  };
  Object.defineProperty(emit, "name", { value: "emit" });
  Object.defineProperty(process, "emit", { value: emit, writable: true, enumerable: false, configurable: true });
  return {
    takeOver: () => {
      isTakenOver = true;
      if (table.emit === emit) Reflect.deleteProperty(process, "emit");
      forking.takeOverEnd(
        () => {
          // Where the child was forked in the midst of this event, the app has it already.
          if (!isTold) process.emit("beforeExit", Number(process.exitCode ?? 0));
          isTold = false;
        },
        () => process.exit(),
      );
    },
  };
}

/** What `process.nextTick` and settled promises wait with: Node runs it after each callback from native code. */
export function runTicks(): void {
  (process as unknown as { _tickCallback(): void })._tickCallback();
}
