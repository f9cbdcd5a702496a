import type { SitePlace } from "./open-site.ts";

/** Name of the adapter's own code in a deployed folder. */
export const RUNTIME_FILE = "tidegate.mjs";

/**
 * Writes the entries of a deployed folder.
 *
 * @param place where the site is in it, with `/` between names
 * @returns name of each file, to its text
 */
export function entryFiles({ site, build }: Omit<SitePlace, "folder">): Record<string, string> {
  const place = `{ folder: import.meta.dirname, site: ${JSON.stringify(site)}, build: ${JSON.stringify(build)} }`;
  const entry = (imported: string, statement: string): string =>
    `import { ${imported} } from "./${RUNTIME_FILE}";\n\nconst place = ${place};\n\n${statement}\n`;
  return {
    "handler.mjs": entry("createSiteHandler", "export const handler = createSiteHandler(place);"),
    "streaming.mjs": entry(
      "createSiteHandler",
      "export const handler = createSiteHandler(place, { streaming: true });",
    ),
    "server.mjs": entry("serveSite", "await serveSite(place);"),
  };
}
