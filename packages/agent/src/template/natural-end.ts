import { pathToFileURL } from "node:url";
import type { TemplateForking } from "./forking.ts";

/** Exit code of a main module that waits for what never comes (`kUnsettledTopLevelAwait`). */
const unsettledCode = 13;

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
      let isMainSettled = false;
      forking.takeOverEnd(
        () => {
          // Where the child was forked in the midst of this event, the app has it already.
          if (!isTold) process.emit("beforeExit", Number(process.exitCode ?? 0));
          isTold = false;
          void whenMainSettled(() => {
            isMainSettled = true;
          });
        },
        () => (isMainSettled ? process.exit() : endUnsettled()),
      );
    },
  };
}

/** Calls back at once, unless the main module still waits at its top level. */
async function whenMainSettled(onSettled: () => void): Promise<void> {
  const main = process.argv[1];
  // A CommonJS module cannot wait. The other was loaded before: asking for it again reads nothing.
  if (process.mainModule === undefined && main !== undefined) await import(pathToFileURL(main).href).catch(() => {});
  onSettled();
}

/** What Node does when the main module waits for what never comes. */
function endUnsettled(): never {
  process.stderr.write(`Warning: Detected unsettled top-level await in ${process.argv[1]}\n`);
  return process.exit(process.exitCode ?? unsettledCode);
}

/** What `process.nextTick` and settled promises wait with: Node runs it after each callback from native code. */
export function runTicks(): void {
  (process as unknown as { _tickCallback(): void })._tickCallback();
}
