import { toHandler } from "@tidegate/next";
import next from "next";

process.env.NODE_ENV ??= "production";

export const handler = toHandler(() => next({ dev: false, dir: new URL("..", import.meta.url).pathname }));
