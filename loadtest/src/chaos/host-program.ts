import { openSync, writeSync } from "node:fs";
import { createAdminServer, createHost, type HostOptions } from "@tidegate/host";
import { endWithParent, sendListening } from "../program/program-side.ts";

// A host in a process of its own, whose parent can reload its functions. It writes down what happens in the words of
// `tidegate serve --json --log-requests`.
const options: HostOptions = JSON.parse(process.argv[2] ?? "{}");
const log = openSync(process.argv[3] ?? "/dev/null", "a");
const write = (entry: object): void =>
  void writeSync(log, `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);

const host = createHost({
  ...options,
  onEvent: write,
  onInvocation: (record) => write({ type: "request", ...record }),
});
const admin = createAdminServer(host);

process.on("message", async ({ id, name, change }: { id: number; name: string; change: object }) => {
  const error = await host.reload(name, change).then(
    () => null,
    (failure: unknown) => String(failure),
  );
  process.send?.({ type: "reloaded", id, error });
});
endWithParent(async () => {
  await host.stop();
  await admin.stop();
});
await host.start();
await admin.start();
sendListening(host.url);
