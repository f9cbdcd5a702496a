import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { seedContexts } from "./vm-contexts.ts";

// Kept before effects are looked for.
const drawNative = Math.random;
const drawBytes = randomBytes;

/**
 * What `Math.random` draws before the fork, where somebody may. Never V8's own: the first draw seeds its generator, of
 * which all children would have a copy.
 */
export function drawInTemplate(): number {
  const bytes = drawBytes(7);
  return (bytes.readUIntBE(1, 6) + ((bytes[0] ?? 0) & 31) * 2 ** 48) / 2 ** 53;
}

/**
 * Lets V8's generator begin in a child, with a sequence of its own: V8 takes the seed from its flag at the first draw of a
 * context.
 *
 * @param seed from 1 to 2^31 - 1, another for each child of a template
 */
export function restoreRandom(seed: number): void {
  drawWithSeed(seed, drawNative);
  seedContexts((draw) => drawWithSeed(drawBytes(4).readInt32LE() || seed, draw));
}

function drawWithSeed(seed: number, draw: () => unknown): void {
  setFlagsFromString(`--random-seed=${seed}`);
  draw();
  setFlagsFromString("--random-seed=0");
}
