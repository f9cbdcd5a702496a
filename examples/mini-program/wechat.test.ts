import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startPlain } from "../harness/start-plain.ts";
import { createWechat } from "./wechat.js";

const cwd = import.meta.dirname;
let server: Server | undefined;

async function upstreamAnswering(status: number, text: string): Promise<string> {
  server = createServer((_req, res) => res.writeHead(status).end(text)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => server?.close());

describe("createWechat", () => {
  it("gets the same openid from the stand-in in the process and from one of its own", async () => {
    const entry = { kind: "node" as const, file: join(cwd, "upstream.js") };
    const upstream = await startPlain({ name: "upstream", cwd, entry, endsOnSignal: true });
    const remote = createWechat({ WECHAT_API_URL: upstream.url });
    expect(await remote("ann")).toBe(await createWechat({})("ann"));
    await expect(remote("bad")).rejects.toMatchObject({ status: 401, code: "invalid_code" });
    await upstream.stop();
  });

  const broken = [
    { name: "an error page", status: 500, text: "oops", expected: "502 wechat_unreachable" },
    { name: "no JSON", status: 200, text: "<html>", expected: "502 wechat_unreachable" },
    { name: "no openid", status: 200, text: "{}", expected: "502 wechat_broken" },
    { name: "an unknown number", status: 200, text: '{"errcode":40125}', expected: "502 wechat_refused" },
    { name: "too many logins", status: 200, text: '{"errcode":45011}', expected: "429 too_many_logins" },
  ];
  it.each(broken)("says $expected on $name", async ({ status, text, expected }) => {
    const openidOf = createWechat({ WECHAT_API_URL: await upstreamAnswering(status, text) });
    const error = await openidOf("ann").catch((reason) => reason);
    expect(`${error.status} ${error.code}`).toBe(expected);
  });

  it("says so when nobody answers", async () => {
    const openidOf = createWechat({ WECHAT_API_URL: "http://127.0.0.1:1" });
    await expect(openidOf("ann")).rejects.toMatchObject({ status: 502, code: "wechat_unreachable" });
  });
});
