import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, globSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const folder = import.meta.dirname;
const BUILT = join(folder, ".next", "BUILD_ID");
const LOCK = join(folder, "node_modules", ".building");

/** Builds the site unless its build is newer than its sources; test files that run at once wait for one build. */
export async function ensureBuilt(): Promise<void> {
  if (isFresh() && !existsSync(LOCK)) return;
  while (!takeLock()) await delay(200);
  try {
    if (!isFresh()) await build();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function isFresh(): boolean {
  if (!existsSync(BUILT)) return false;
  const builtAt = statSync(BUILT).mtimeMs;
  const sources = globSync(["app/**/*", "public/*", "next.config.js", "package.json"], { cwd: folder });
  return sources.every((file) => statSync(join(folder, file)).mtimeMs < builtAt);
}

function takeLock(): boolean {
  try {
    const file = openSync(LOCK, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    removeLockOfTheDead();
    return false;
  }
}

// A test run that was killed leaves its lock behind.
function removeLockOfTheDead(): void {
  try {
    process.kill(Number(readFileSync(LOCK, "utf8")), 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") rmSync(LOCK, { force: true });
  }
}

async function build(): Promise<void> {
  const { PATH = "", HOME = "/tmp" } = process.env;
  const child = spawn(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
    cwd: folder,
    // Not the test runner's NODE_ENV, which would build the wrong React.
    env: { PATH, HOME, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`Cannot build the Next site: exit code ${code}\n${output}`);
}
