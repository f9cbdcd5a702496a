#!/usr/bin/env node
import { processIo } from "./io.ts";
import { run } from "./run.ts";

// A reader that goes away, as `head` does, is no reason to drop requests.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

process.exit(await run(process.argv.slice(2), processIo()));
