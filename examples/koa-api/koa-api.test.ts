import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";

const cwd = import.meta.dirname;

describe.each(ways)("koa-api $name", ({ start }) => {
  let running: Running;

  beforeAll(async () => {
    running = await start({ name: "koa-api", cwd, entry: { kind: "node", file: join(cwd, "server.js") } });
  });
  afterAll(() => running?.stop());

  function post(body: string, type = "application/json"): Promise<Response> {
    return fetch(`${running.url}/light-times`, { method: "POST", headers: { "Content-Type": type }, body });
  }

  it("answers JSON, also to a query", async () => {
    const response = await fetch(`${running.url}/planets?closerThan=100`);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await response.json()).toEqual({ planets: [{ name: "mercury", millionKm: 57.9 }] });
  });

  it("streams a body of unknown length", async () => {
    const response = await fetch(`${running.url}/planets.ndjson`);
    expect(response.headers.get("content-length")).toBeNull();
    expect((await response.text()).trim().split("\n")).toHaveLength(8);
  });

  it("calculates what it is sent", async () => {
    const response = await post('{"planets":["earth","mars"]}');
    expect(await response.json()).toEqual({ secondsFromSun: { earth: 499, mars: 760 } });
  });

  it("counts visits in a signed cookie and ignores a forged one", async () => {
    const first = await fetch(`${running.url}/visits`);
    const cookies = first.headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    const cookie = cookies.map((one) => one.split(";")[0]).join("; ");
    const visits = async (sent: string) => (await fetch(`${running.url}/visits`, { headers: { Cookie: sent } })).json();
    expect(await visits(cookie)).toEqual({ visits: 2 });
    expect(await visits(cookie.replace("visits=1", "visits=99"))).toEqual({ visits: 1 });
  });

  it("answers 304 to who has it already", async () => {
    const headers = { "If-None-Match": '"mars"', "Cache-Control": "max-age=0" };
    expect((await fetch(`${running.url}/planets/mars`, { headers })).status).toBe(304);
  });

  const refused = [
    { name: "an unknown path", send: () => fetch(`${running.url}/comets`), status: 404 },
    { name: "an unknown planet", send: () => fetch(`${running.url}/planets/moon`), status: 404 },
    { name: "a bad query", send: () => fetch(`${running.url}/planets?closerThan=far`), status: 400 },
    { name: "malformed JSON", send: () => post("{"), status: 400 },
    { name: "JSON of nothing", send: () => post("null"), status: 422 },
    { name: "another type", send: () => post("a", "text/plain"), status: 415 },
    { name: "an unknown planet to calculate", send: () => post('{"planets":["moon"]}'), status: 422 },
    { name: "a huge body", send: () => post(JSON.stringify("x".repeat(20_000_000))), status: 413 },
    { name: "a broken route", send: () => fetch(`${running.url}/broken`), status: 500 },
  ];
  it.each(refused)("answers $status to $name", async ({ send, status }) => {
    const response = await send();
    expect(response.status).toBe(status);
    const { error } = await response.json();
    expect(error).toMatch(/\w/);
    expect(error).not.toContain("secret");
  });
});
