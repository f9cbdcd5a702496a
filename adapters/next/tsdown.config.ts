import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig[] = defineConfig([
  { entry: ["src/index.ts", "src/adapter.ts"], dts: true },
  // One file without imports of packages: the build adapter copies it beside the app it deploys.
  { entry: { runtime: "src/runtime.ts" }, dts: false, clean: false, deps: { alwaysBundle: [/^@tidegate\//] } },
]);

// biome-ignore lint/style/noDefaultExport: tsdown reads its configuration from the default export
export default config;
