import { describe, expect, test } from "vitest";
import { detectRuntimePlatform, runtimePort } from "./runtime-platform.ts";

describe("detectRuntimePlatform and runtimePort", () => {
  test.each([
    { name: "Alibaba", env: { FC_FUNCTION_NAME: "orders" }, platform: "alibaba-fc", port: 9000 },
    { name: "Alibaba, port set", env: { FC_SERVER_PORT: "9100", PORT: "1" }, platform: "alibaba-fc", port: "9100" },
    { name: "Alibaba, older name", env: { FC_CUSTOM_LISTEN_PORT: "9200" }, platform: "alibaba-fc", port: "9200" },
    { name: "Tencent", env: { TENCENTCLOUD_RUNENV: "SCF", PORT: "80" }, platform: "tencent-scf", port: 9000 },
    { name: "Tencent, by its function", env: { SCF_FUNCTIONNAME: "orders" }, platform: "tencent-scf", port: 9000 },
    { name: "Huawei", env: { RUNTIME_PROJECT_ID: "p" }, platform: "huawei-functiongraph", port: 8000 },
    { name: "Cloud Run", env: { K_SERVICE: "orders", PORT: "8081" }, platform: "google", port: "8081" },
    { name: "Cloud Run, no port", env: { K_SERVICE: "orders" }, platform: "google", port: 8080 },
    { name: "elsewhere", env: { PORT: "5000" }, platform: "plain", port: "5000" },
    { name: "elsewhere, an empty port", env: { PORT: "" }, platform: "plain", port: 3000 },
  ] as const)("$name", ({ env, platform, port }) => {
    expect(detectRuntimePlatform(env)).toBe(platform);
    expect(runtimePort(platform, env)).toBe(port);
  });
});
