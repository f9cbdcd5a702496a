// Compiled, never run: what TypeScript has to infer of an app given to `toHandler`.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Listener, toHandler } from "./index.ts";

declare const app: Listener;
declare function createApp(config?: { greeting: string }): Promise<Listener>;
declare function connect(): Promise<{ find(url: string | undefined): string }>;

toHandler((req, res) => res.end(req.url));
toHandler(async (req, res) => {
  res.end(req.url);
});
toHandler((req, res): unknown => res.end(req.url));
toHandler((_req, res) => void res.end());
toHandler(() => {});
toHandler(() => (req, res) => res.end(req.url));
toHandler(async () => {
  const database = await connect();
  return (req, res) => res.end(database.find(req.url));
});
toHandler(async () => createServer());
toHandler(createServer());
toHandler(createApp);
toHandler(Promise.resolve({ default: app }));
toHandler({ default: (req: IncomingMessage, res: ServerResponse): unknown => res.end(req.url) });

// @ts-expect-error: no app
toHandler(7);
// @ts-expect-error: no app either
toHandler({ app: (): void => {} });
