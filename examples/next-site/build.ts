import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  globSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const folder = import.meta.dirname;

/** A build of the site; each has a folder and a lock of its own. */
export interface SiteBuild {
  /** Folder of the build, below the site. */
  distDir: string;
  /** Added to the environment of `next build`. */
  env?: Record<string, string>;
  /** What the build is made of besides the site itself: absolute paths. */
  sources?: string[];
}

/** The build as `npm run build` makes it. */
const PLAIN: SiteBuild = { distDir: ".next" };

/** Builds the site unless its build is newer than its sources; test files that run at once wait for one build. */
export async function ensureBuilt(site: SiteBuild = PLAIN): Promise<void> {
  const lock = join(folder, "node_modules", `.building-${site.distDir.replaceAll("/", "-")}`);
  if (isFresh(site) && !existsSync(lock)) return;
  while (!takeLock(lock)) await delay(200);
  try {
    if (!isFresh(site)) await build(site);
  } finally {
    rmSync(lock, { force: true });
  }
}

function isFresh({ distDir, sources = [] }: SiteBuild): boolean {
  // Written when all else is: a build that was interrupted is made again.
  const built = join(folder, distDir, "BUILT");
  if (!existsSync(built)) return false;
  const builtAt = statSync(built).mtimeMs;
  const ownSources = globSync(["app/**/*", "public/*", "proxy.js", "next.config.js", "package.json"], { cwd: folder });
  return [...ownSources.map((file) => join(folder, file)), ...sources].every(
    (file) => statSync(file).mtimeMs < builtAt,
  );
}

function takeLock(lock: string): boolean {
  try {
    const file = openSync(lock, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    removeLockOfTheDead(lock);
    return false;
  }
}

// A test run that was killed leaves its lock behind.
function removeLockOfTheDead(lock: string): void {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") rmSync(lock, { force: true });
  }
}

async function build({ distDir, env }: SiteBuild): Promise<void> {
  const { PATH = "", HOME = "/tmp" } = process.env;
  const child = spawn(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
    cwd: folder,
    // Not the test runner's NODE_ENV, which would build the wrong React.
    env: { PATH, HOME, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", DIST_DIR: distDir, ...env },
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
  writeFileSync(join(folder, distDir, "BUILT"), "");
}
