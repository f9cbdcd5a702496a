import type { HostEvent } from "@tidegate/host";

/** Most lines kept of one function's failing instances. */
const keptLines = 200;

/** Remembers what new instances of each function wrote to standard error, to explain why one could not start. */
export interface InstanceOutput {
  onEvent(event: HostEvent): void;
  /** What was written since the last start of an instance of the function. */
  of(functionName: string): readonly string[];
}

export function createInstanceOutput(): InstanceOutput {
  const lines = new Map<string, string[]>();
  return {
    onEvent: (event) => {
      if (event.type === "instance" && event.state === "starting") lines.set(event.function, []);
      if (event.type !== "output" || event.stream !== "stderr") return;
      const kept = lines.get(event.function) ?? [];
      if (kept.length < keptLines) kept.push(event.line);
      lines.set(event.function, kept);
    },
    of: (functionName) => lines.get(functionName) ?? [],
  };
}
