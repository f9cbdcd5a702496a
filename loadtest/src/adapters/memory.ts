import { startContestant } from "./contestant-process.ts";

interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
}

const earlyCalls = 100_000;
const lateCalls = 1_000_000;

/** Bytes in use after many calls and after ten times as many, of Express JSON through our adapter. */
export async function measureMemory(log: (line: string) => void): Promise<{ early: Memory; late: Memory }> {
  const contestant = await startContestant("tidegate", "express_json");
  try {
    const early = await contestant.memoryAfter(earlyCalls);
    const late = await contestant.memoryAfter(lateCalls - earlyCalls);
    log(`memory: heap ${early.heapUsed} bytes after ${earlyCalls} calls, ${late.heapUsed} after ${lateCalls}`);
    return { early, late };
  } finally {
    await contestant.stop();
  }
}
