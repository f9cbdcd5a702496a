import { upgradeHost } from "@tidegate/host";
import { exitCode } from "../errors.ts";
import { milliseconds, plural } from "../output/status-line.ts";
import type { Command } from "./command.ts";
import { findRunningHost, runningHostOptions } from "./running-host.ts";

/** `tidegate upgrade`. */
export const upgrade: Command = {
  usage: "[--pid N] [--json]",
  description: `Replaces a running host by a new process, with the Tidegate and the configuration that are on the disk now, without
losing a request.

The new process takes over the listening socket, starts as many instances as the old one has, and accepts once they
are ready. Then the old one lets its requests finish and ends. When the new one does not come to serve, the old one
serves on.`,
  options: {
    ...runningHostOptions,
    json: { kind: "flag", description: "Print { from, to, tookMs, instances }" },
  },
  examples: [["tidegate upgrade", "Upgrade the only host of this user"]],
  exitCodes: [
    [exitCode.ok, "The new process serves"],
    [exitCode.failed, "It does not; the old one serves on"],
    [exitCode.usage, "Wrong command line, no running host, or several and no --pid"],
  ],
  maxPositionals: 0,
  takesRest: false,
  run: async (args, io) => {
    const { socketPath, host } = await findRunningHost(args, io);
    const done = await upgradeHost(socketPath);
    const took = `in ${milliseconds(done.tookMs)} with ${plural(done.instances, "instance")}`;
    const text = `Upgraded ${host.url}: process ${done.from} is replaced by ${done.to}, ${took}`;
    io.stdout.write(`${args.options.has("json") ? JSON.stringify(done, null, 2) : text}\n`);
    return exitCode.ok;
  },
};
