import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig[] = defineConfig([
  { entry: ["src/index.ts"], dts: true },
  // One CommonJS file: it is loaded with --require into every instance before the app, so it must load in a millisecond.
  { entry: { preload: "src/preload.ts" }, format: "cjs", dts: false, clean: false },
  // Another one, for the process that instances are forked from.
  { entry: { template: "src/template.ts" }, format: "cjs", dts: false, clean: false },
]);

// biome-ignore lint/style/noDefaultExport: tsdown reads its configuration from the default export
export default config;
