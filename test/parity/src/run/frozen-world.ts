import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** The moment at which all apps of the table live. */
const NOW_MS = Date.UTC(2026, 5, 14, 9, 15, 32);

const RealDate = Date;

// A proxy, so that `instanceof Date` and `Date()` go on meaning what they mean.
const FrozenDate = new Proxy(Date, {
  construct: (target, values, made) => Reflect.construct(target, values.length === 0 ? [NOW_MS] : values, made),
  apply: (target) => new target(NOW_MS).toString(),
  get: (target, key) => (key === "now" ? () => NOW_MS : Reflect.get(target, key)),
});

/** Bytes that look random and are the same in each run: a linear congruential generator (Numerical Recipes). */
function createBytes(): (size: number) => Buffer {
  let state = 1;
  return (size) => {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      bytes[i] = state >>> 24;
    }
    return bytes;
  };
}

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Stops the clocks apps read and replaces their sources of randomness, so that ids, dates and times are equal in all
 * runs. Node's own timers and `Date` header are not touched.
 *
 * @returns gives the real ones back
 */
export function freezeWorld(): () => void {
  const bytesOf = createBytes();
  const { randomBytes, randomUUID } = crypto;
  const { random } = Math;
  const { hrtime } = process;
  const frozenBytes = (size: number, callback?: (error: null, bytes: Buffer) => void): Buffer | undefined => {
    const bytes = bytesOf(size);
    if (callback === undefined) return bytes;
    process.nextTick(callback, null, bytes);
    return undefined;
  };
  globalThis.Date = FrozenDate;
  Math.random = () => (bytesOf(4).readUInt32BE() & 0x7fffffff) / 0x80000000;
  const frozenTime = Object.assign((): [number, number] => [0, 0], { bigint: () => 0n });
  process.hrtime = frozenTime as typeof process.hrtime;
  Object.assign(crypto, { randomBytes: frozenBytes, randomUUID: () => toUuid(bytesOf(16)) });
  syncBuiltinESMExports();
  return () => {
    globalThis.Date = RealDate;
    Math.random = random;
    process.hrtime = hrtime;
    Object.assign(crypto, { randomBytes, randomUUID });
    syncBuiltinESMExports();
  };
}
