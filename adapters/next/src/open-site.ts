import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { NextApp } from "./next-app.ts";

/** Where a site is. */
export interface SitePlace {
  /** Absolute path of the deployed folder. */
  folder: string;
  /** The site, below the folder. */
  site: string;
  /** The build, below the site. */
  build: string;
}

/** A Next server that can be closed. */
export interface Site extends NextApp {
  close(): PromiseLike<void>;
}

interface Config {
  experimental: { isrFlushToDisk?: boolean };
}

type CreateNext = (options: { dev: false; dir: string }) => Site;

/**
 * Opens a deployed site, with the configuration of its build, since the file it came from is not there. The site's
 * folder becomes the working folder of the process, as it is for a site on its own.
 *
 * @param place where the site is
 */
export function openSite({ folder, site, build }: SitePlace): Site {
  const dir = join(folder, site);
  Object.assign(process.env, { NODE_ENV: "production" });
  process.chdir(dir);
  const manifest = readFileSync(join(dir, build, "required-server-files.json"), "utf8");
  const { config } = JSON.parse(manifest) as { config: Config };
  // Functions often have a disk that cannot be written. Next would try for each page and picture, and log each time.
  if (!isWritable(join(dir, build))) config.experimental.isrFlushToDisk = false;
  // Undocumented, but the only way in: the server that Next's own `output: "standalone"` writes uses it as well.
  process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = JSON.stringify({ ...config, distDir: `./${build}` });
  const next: unknown = createRequire(join(dir, "package.json"))("next");
  return (next as CreateNext)({ dev: false, dir });
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
