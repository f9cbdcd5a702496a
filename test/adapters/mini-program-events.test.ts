import { mkdtempSync, rmSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHandler } from "@tidegate/express";
import { listEvents, readEvent } from "@tidegate/http/contract";
import { afterAll, describe, expect, it } from "vitest";

const dataDir = mkdtempSync(join(tmpdir(), "tidegate-test-"));
process.env.DATA_DIR = dataDir;
// The store's place is read when the app is loaded.
const program = new URL("../../examples/mini-program/app.js", import.meta.url).href;
const { app, close } = (await import(program)) as { app: RequestListener; close(): Promise<void> };
const handler = toHandler(app);

afterAll(async () => {
  await close();
  rmSync(dataDir, { recursive: true });
});

interface Answer {
  statusCode: number;
  body: string;
  isBase64Encoded: boolean;
}

const bodyOf = ({ body, isBase64Encoded }: Answer): string =>
  isBase64Encoded ? Buffer.from(body, "base64").toString() : body;

describe("the mini program as a handler, with one import", () => {
  it.each(listEvents())("answers $name as on plain Node: there is no such route", async ({ name }) => {
    const answer = (await handler(readEvent(name), {})) as Answer;
    expect(answer.statusCode).toBe(404);
    expect(JSON.parse(bodyOf(answer))).toHaveProperty("error");
  });

  it("answers a product", async () => {
    const event = { ...readEvent("aws/alb-multi.json"), path: "/api/products", multiValueQueryStringParameters: {} };
    const answer = (await handler(event, {})) as Answer;
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(bodyOf(answer)).products.length).toBeGreaterThan(0);
  });

  it("logs in with a posted body", async () => {
    const headers = { "Content-Type": "application/json", "Content-Length": "14" };
    const login = { rawPath: "/api/login", headers, body: '{"code":"ann"}' };
    const event = { ...readEvent("alibaba-fc/http-fc3-post-json.json"), ...login };
    const answer = (await handler(Buffer.from(JSON.stringify(event)), {})) as Answer;
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ token: expect.any(String) });
  });
});
