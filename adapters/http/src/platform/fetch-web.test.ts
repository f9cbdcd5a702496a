import { expect, test, vi } from "vitest";
import { getInvocation, waitUntil } from "../invocation.ts";
import { callFetch } from "./fetch-web.ts";

test("a fetch app gets a platform's own request and arguments, and finds the invocation", async () => {
  const request = new Request("https://a.example/", { headers: { "x-request-id": "r1" } });
  const seen: unknown[] = [];
  const app = async (...args: unknown[]): Promise<Response> => {
    seen.push(...args);
    await new Promise(setImmediate);
    const { source, event, context, requestId } = getInvocation() ?? {};
    return Response.json([source, event === request, context === args[1], requestId]);
  };
  const env = { KEY: "1" };
  const third = {};
  expect(await (await callFetch(app, request, env, third)).json()).toEqual(["web", true, true, "r1"]);
  expect([seen[0], seen[1], seen[2]]).toEqual([request, env, third]);
});

const own = Promise.resolve();
const platforms = [
  { name: "second", args: (keep: () => void) => [{ waitUntil: keep }, undefined] },
  { name: "third", args: (keep: () => void) => [{}, { waitUntil: keep }] },
];
test.each(platforms)("waitUntil uses that of the platform's $name argument", async ({ args }) => {
  const keep = vi.fn();
  const [context, third] = args(keep);
  const app = (): Response => {
    waitUntil(own);
    return new Response();
  };
  await callFetch(app, new Request("https://a.example/"), context, third);
  expect(keep).toHaveBeenCalledExactlyOnceWith(expect.any(Promise));
});
