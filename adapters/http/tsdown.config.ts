import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: { index: "src/index.ts", server: "src/platform/runtime-server/runtime-server.ts" },
  dts: true,
});

// biome-ignore lint/style/noDefaultExport: tsdown reads its configuration from the default export
export default config;
