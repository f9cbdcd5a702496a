import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const START_TIMEOUT_MS = 30_000;
const ASK_AGAIN_MS = 20;

/**
 * Asks a program that was started, again and again, whether it is ready: most say nothing that one could wait for.
 *
 * @param ask rejects while it is not
 * @throws when it ends before that, or is not ready after 30 s; the cause is what `ask` said last
 */
export async function untilReady(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await ask();
      return;
    } catch (cause) {
      const { exitCode, signalCode } = child;
      if (exitCode !== null || signalCode !== null) throw new Error(`Ended with ${exitCode ?? signalCode}`, { cause });
      if (performance.now() > deadline) throw new Error(`Not ready after ${START_TIMEOUT_MS} ms`, { cause });
      await delay(ASK_AGAIN_MS);
    }
  }
}
