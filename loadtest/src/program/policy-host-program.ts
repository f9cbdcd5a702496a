import { createHost, type FunctionOptions } from "@tidegate/host";
import type { PolicyHostReport } from "../policy/policy-host.ts";
import { endWithParent, sendListening } from "./program-side.ts";

// A host that notes how long each request waited and each start took, and what its instances cost.
const functions: FunctionOptions[] = JSON.parse(process.argv[2] ?? "[]");
const waitsMs: number[] = [];
const startsMs: number[] = [];
let failed = 0;
let coldStarts = 0;
const host = createHost({
  port: 0,
  hostname: "127.0.0.1",
  functions,
  onInvocation: ({ status, queueMs, startMs, coldStart }) => {
    if (status === 200) waitsMs.push(queueMs + startMs);
    else failed += 1;
    if (coldStart) coldStarts += 1;
  },
  onEvent: (event) => {
    if (event.type === "instance" && event.startMs !== null) startsMs.push(event.startMs);
    if (event.type === "problem") console.error(event.message);
  },
});

process.on("message", () => {
  void report().then((each) => process.send?.(each));
});
endWithParent(() => host.stop());
await host.start();
sendListening(host.url);

async function report(): Promise<PolicyHostReport> {
  const { text } = await host.metrics();
  const counted = (name: string) => Number(new RegExp(`^${name}_total\\{.*\\} (.*)$`, "m").exec(text)?.[1] ?? 0);
  return {
    instances: host.instances().filter(({ state }) => state !== "stopped" && state !== "failed").length,
    instanceSeconds: counted("tidegate_instance_seconds"),
    frozenSeconds: counted("tidegate_instance_frozen_seconds"),
    starts: counted("tidegate_instance_starts"),
    waitsMs,
    startsMs,
    coldStarts,
    failed,
  };
}
