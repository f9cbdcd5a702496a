import { createHost } from "@tidegate/host";
import { cleanEnv, type Example, type Running } from "./example.ts";

/** Runs the example as a function behind the gateway, in this process's host. */
export async function startHosted(example: Example): Promise<Running> {
  const host = createHost({
    port: 0,
    functions: [{ name: "app", entry: example.entry, cwd: example.cwd, env: cleanEnv(example) }],
  });
  await host.start();
  return { url: host.url, stop: () => host.stop() };
}
