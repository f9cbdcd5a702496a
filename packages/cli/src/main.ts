#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: most of the time to the first line of output is compiling.
enableCompileCache();

// A reader that goes away, as `head` does, is no reason to drop requests.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const [{ run }, { processIo }] = await Promise.all([import("./run.ts"), import("./io.ts")]);
process.exit(await run(process.argv.slice(2), processIo()));
