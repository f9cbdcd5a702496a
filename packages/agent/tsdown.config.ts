import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig[] = defineConfig([
  { entry: ["src/index.ts"], dts: true },
  // One CommonJS file: it is loaded with --require into every instance before the app, so it must load in a millisecond.
  { entry: { preload: "src/preload.ts" }, format: "cjs", dts: false, clean: false },
  // Another one, for the process that instances are forked from. It brings what it uses of the core with it: an app finds nothing
  // of ours loaded but this file.
  {
    entry: { template: "src/template.ts" },
    format: "cjs",
    dts: false,
    clean: false,
    deps: { alwaysBundle: ["@tidegate/core"] },
  },
]);

// biome-ignore lint/style/noDefaultExport: tsdown reads its configuration from the default export
export default config;
