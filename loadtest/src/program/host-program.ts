import { createHost, type HostOptions } from "@tidegate/host";
import { HostWatcher } from "./host-marks.ts";
import { endWithParent, sendListening } from "./program-side.ts";

// A host in a process of its own, so that it shares no event loop with the generator of load.
const options: HostOptions = JSON.parse(process.argv[2] ?? '{"functions":[]}');
const watcher = process.argv[3] === "watched" ? new HostWatcher() : null;
const startsMs: number[] = [];
const host = createHost({
  port: 0,
  hostname: "127.0.0.1",
  ...options,
  onEvent: (event) => {
    watcher?.take(event);
    if (event.type === "instance" && event.startMs !== null) startsMs.push(event.startMs);
    if (event.type === "problem") console.error(event.message);
  },
});

process.on("message", (what) => {
  process.send?.({
    type: "answer",
    answer:
      what === "marks"
        ? (watcher?.marks() ?? {})
        : { instances: host.instances(), counters: host.counters(), functions: host.functions(), startsMs },
  });
});
endWithParent(() => host.stop());
await host.start();
sendListening(host.url);
