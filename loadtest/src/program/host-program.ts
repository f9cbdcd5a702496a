import { createHost, type HostOptions } from "@tidegate/host";
import { endWithParent, sendListening } from "./program-side.ts";

// A host in a process of its own, so that it shares no event loop with the generator of load.
const options: HostOptions = JSON.parse(process.argv[2] ?? '{"functions":[]}');
const host = createHost({ port: 0, hostname: "127.0.0.1", ...options });

process.on("message", () => {
  process.send?.({ type: "snapshot", instances: host.instances(), counters: host.counters() });
});
endWithParent(() => host.stop());
await host.start();
sendListening(host.url);
