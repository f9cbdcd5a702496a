import type { EffectRow } from "../effect-row.ts";
import { drawsBytesHarmlessly, drawsHarmlessly } from "../harmless-callers.ts";
import { drawInTemplate } from "../math-random.ts";
import { processIdInTemplate, sparesProcessId } from "../process-id-stand-in.ts";

const keyGenerators = [
  ...["generateKey", "generateKeySync", "generateKeyPair", "generateKeyPairSync"],
  ...["generatePrime", "generatePrimeSync", "encapsulate"],
];

/** Whether the group is to be found, not given: `createDiffieHellman(bits)`. */
function findsPrime([prime]: readonly unknown[]): boolean {
  return typeof prime === "number";
}

/** What must differ among instances: random numbers, keys, ids. */
export const randomEffects: readonly EffectRow[] = [
  { effect: "random-bytes", of: "node:crypto", names: ["randomBytes"], spare: drawsBytesHarmlessly },
  // Nobody is spared here: Node keeps random bytes ahead for some of them, and children would have copies.
  {
    effect: "random-bytes",
    of: "node:crypto",
    names: ["randomFill", "randomFillSync", "randomInt", "randomUUID", "randomUUIDv7", "getRandomValues"],
  },
  // Deprecated names of `randomBytes`.
  { effect: "random-bytes", of: "node:crypto", names: ["prng", "rng", "pseudoRandomBytes"], kind: "getter" },
  {
    effect: "random-bytes",
    of: "globalThis Crypto.prototype",
    names: ["getRandomValues", "randomUUID", "randomUUIDv7"],
  },
  // Draws a UUID inside of Node.
  { effect: "random-bytes", of: "globalThis URL", names: ["createObjectURL"] },
  { effect: "generate-key", of: "node:crypto", names: keyGenerators },
  { effect: "generate-key", of: "node:crypto", names: ["createDiffieHellman", "DiffieHellman"], when: findsPrime },
  { effect: "generate-key", of: "node:crypto DiffieHellman.prototype", names: ["generateKeys"] },
  { effect: "generate-key", of: "node:crypto DiffieHellmanGroup.prototype", names: ["generateKeys"] },
  { effect: "generate-key", of: "node:crypto ECDH.prototype", names: ["generateKeys"] },
  {
    effect: "generate-key",
    of: "globalThis SubtleCrypto.prototype",
    names: ["generateKey", "encapsulateKey", "encapsulateBits"],
  },
  {
    effect: "math-random",
    of: "globalThis Math",
    names: ["random"],
    spare: drawsHarmlessly,
    instead: drawInTemplate,
  },
  {
    effect: "process-id",
    of: "process",
    names: ["pid"],
    kind: "property",
    spare: sparesProcessId,
    instead: processIdInTemplate,
  },
];
