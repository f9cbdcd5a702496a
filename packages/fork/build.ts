import { buildAddon, processors } from "./build-addon.ts";

// Compiles the addon: for this machine, or with `--all` for every processor that is published.
if (process.argv.includes("--all")) {
  for (const arch of processors) {
    const problem = buildAddon(arch);
    if (problem === null) continue;
    console.error(`Cannot build the addon for ${arch}: ${problem}`);
    process.exitCode = 1;
  }
} else if (process.platform === "linux") {
  const problem = buildAddon(process.arch);
  // Without it everything works with plain processes, so that no compiler is needed to try the project.
  if (problem !== null) console.warn(`@tidegate/fork: ${problem}; instances start as plain processes`);
  // A compiler that refuses the sources is a mistake in them.
  if (problem?.includes("failed")) process.exitCode = 1;
}
