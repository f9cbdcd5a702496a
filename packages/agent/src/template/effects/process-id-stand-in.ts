import { readsProcessIdHarmlessly } from "./harmless-callers.ts";
import { packageOf, pathInPackage } from "./package-of.ts";

const templateId = process.pid;
let isTelling = false;
let isWanted = false;

/**
 * What pino gets for its `const { pid } = process` at load. It looks at it first when a logger is made, to write it into
 * each line's JSON: only then is it an effect. Fastify, which loads pino for loggers that it may never make, is shared whole.
 */
const standIn = { toJSON: tell, valueOf: tell, toString: (): string => String(tell()), [Symbol.toPrimitive]: tell };

/** Whether the template goes on when this file reads the process id. */
export function sparesProcessId(caller: string | null): boolean {
  if (isTelling) return false;
  isWanted = caller !== null && packageOf(caller) === "pino" && pathInPackage(caller) === "pino.js";
  return isWanted || readsProcessIdHarmlessly(caller);
}

/** The process id for whom `sparesProcessId` was asked about last. */
export function processIdInTemplate(): unknown {
  return isWanted ? standIn : templateId;
}

/** The id of the process that asks; in a template there is one only after the fork. */
function tell(): number {
  isTelling = true;
  try {
    return process.pid;
  } finally {
    isTelling = false;
  }
}
