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

/** Runs the example behind the gateway, in instances that are forked from its template; it fails where none can be. */
export async function startForked(example: Example): Promise<Running> {
  const host = createHost({
    port: 0,
    functions: [{ name: "app", entry: example.entry, cwd: example.cwd, env: cleanEnv(example), start: "fork" }],
  });
  await host.start();
  return {
    url: host.url,
    async stop() {
      const starts = host.instances().map(({ start }) => start);
      await host.stop();
      if (starts.length === 0 || starts.some((start) => start !== "fork")) {
        throw new Error(`Example "${example.name}" was to be forked: its instances were started as ${starts}`);
      }
    },
  };
}
