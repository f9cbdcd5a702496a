import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({ entry: ["src/index.ts"], dts: true });

// biome-ignore lint/style/noDefaultExport: tsdown reads its configuration from the default export
export default config;
