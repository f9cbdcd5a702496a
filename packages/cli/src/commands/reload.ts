import { reloadHost } from "@tidegate/host";
import { exitCode } from "../errors.ts";
import { describeChanges } from "../host-actions.ts";
import type { Command } from "./command.ts";
import { findRunningHost, runningHostOptions } from "./running-host.ts";

/** `tidegate reload`. */
export const reload: Command = {
  usage: "[FUNCTION...] [--pid N] [--json]",
  description: `Lets a running host read its tidegate.yaml again and serve what it says, without losing a request.

Functions are added and removed, those that differ get a new revision, and so do those named here, for their changed
code. All that is new starts before anything changes; when it cannot start nothing changes. A host without a
tidegate.yaml gets a new revision of its app. Port, address and protocols need \`tidegate upgrade\`.`,
  options: {
    ...runningHostOptions,
    json: { kind: "flag", description: "Print an array of { kind, name, action, revision }" },
  },
  examples: [
    ["tidegate reload", "Apply a changed tidegate.yaml"],
    ["tidegate reload shop", "Start new code of the function shop"],
  ],
  exitCodes: [
    [exitCode.ok, "All that changed serves"],
    [exitCode.failed, "A new revision did not start; all is served as before"],
    [exitCode.usage, "Wrong command line or tidegate.yaml, no running host, or several and no --pid"],
  ],
  maxPositionals: Number.POSITIVE_INFINITY,
  takesRest: false,
  run: async (args, io) => {
    const { socketPath, host } = await findRunningHost(args, io);
    const changes = await reloadHost(socketPath, args.positionals);
    const text = `Reloaded ${host.url}: ${describeChanges(changes)}`;
    io.stdout.write(`${args.options.has("json") ? JSON.stringify(changes, null, 2) : text}\n`);
    return exitCode.ok;
  },
};
