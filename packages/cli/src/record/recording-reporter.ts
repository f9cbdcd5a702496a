import type { InvocationRecord } from "@tidegate/core";
import type { Reporter } from "../output/reporter.ts";
import type { Recorder } from "./recorder.ts";

/** A reporter that also records each invocation. */
export function recordingReporter(reporter: Reporter, recorder: Recorder): Reporter {
  const { onInvocation } = reporter;
  return {
    ...reporter,
    onInvocation: (record: InvocationRecord) => {
      recorder.add(record);
      onInvocation?.(record);
    },
  };
}
