// Compiled, never run: what TypeScript has to infer of an app given to `toHandler`.
import { Hono } from "hono";
import { toHandler } from "./index.ts";

declare function createApp(port?: number): Promise<Hono>;

toHandler(new Hono());
toHandler(async () => new Hono());
toHandler(createApp);
toHandler(createApp());
toHandler((request) => new Response(request.url));
toHandler(async (request: Request, env: { key: string }) => new Response(request.url + env.key));
toHandler(async () => (request) => new Response(request.url));
toHandler(() => {
  return (request) => new Response(request.url);
});
