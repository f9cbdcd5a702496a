import type { HostErrorCode } from "../errors.ts";
import type { HostOptions } from "../host-options.ts";
import { TemplateStore } from "../template/template-store.ts";
import { MemoryGuard, type WatchedFunction } from "./memory-guard.ts";

/** Part of the memory limit that templates may have together where nothing else is said. */
const templatesPart = 0.25;

/** Part of the memory limit in use from which templates that are not used give back what they can. */
const scarcePart = 0.5;

/** What shares the memory of a host: guard and templates each need to know of the other. */
export interface HostMemory {
  readonly memory: MemoryGuard;
  readonly templates: TemplateStore;
}

export function createHostMemory(
  options: () => HostOptions,
  functions: () => readonly WatchedFunction[],
  onProblem: (code: HostErrorCode, message: string) => void,
): HostMemory {
  const templates = new TemplateStore({
    budgetBytes: () => options().templates?.memoryBytes ?? templatesPart * memory.limitBytes,
    hasMemory: () => memory.canStart && !memory.isTight,
    isScarce: () => memory.usedPart > scarcePart,
  });
  const memory = new MemoryGuard({
    limitBytes: () => options().memoryLimitBytes ?? null,
    functions,
    templates: () => templates.parked(),
    onProblem,
  });
  return { memory, templates };
}
