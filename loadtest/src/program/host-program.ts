import { createHost, type FunctionOptions } from "@tidegate/host";
import { endWithParent, sendListening } from "./program-side.ts";

// A host in a process of its own, so that it shares no event loop with the generator of load.
const functions: FunctionOptions[] = JSON.parse(process.argv[2] ?? "[]");
const host = createHost({ port: 0, hostname: "127.0.0.1", functions });

process.on("message", () => {
  process.send?.({ type: "snapshot", instances: host.instances(), counters: host.counters() });
});
endWithParent(() => host.stop());
await host.start();
sendListening(host.url);
