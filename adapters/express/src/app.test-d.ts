// Compiled, never run: what TypeScript has to infer of an app given to `toHandler`.
import express, { type Express } from "express";
import { toHandler } from "./index.ts";

declare function createApp(port?: number): Promise<Express>;

toHandler(express());
toHandler(() => express());
toHandler(async () => express());
toHandler(createApp);
toHandler(createApp());
toHandler({ default: express() });
toHandler((req, res) => res.end(req.url));
toHandler(async () => (req, res) => res.end(req.url));
