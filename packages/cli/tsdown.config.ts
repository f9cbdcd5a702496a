import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/index.ts", "src/main.ts"],
  dts: true,
  // Published with the command, so that the address in new configuration files (`configSchemaUrl`) has the schema.
  copy: ["../../docs/tidegate.schema.json"],
});

// biome-ignore lint/style/noDefaultExport: tsdown reads its configuration from the default export
export default config;
