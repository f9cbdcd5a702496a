import { fileURLToPath } from "node:url";
import express from "express";
import { cartRoutes } from "./cart.js";
import { catalogueRoutes } from "./catalogue.js";
import { eventRoutes } from "./events.js";
import { HttpError, notFound, sendError } from "./http-error.js";
import { imageRoutes } from "./images.js";
import { loginRoutes } from "./login.js";
import { orderRoutes } from "./orders.js";
import { createSessions } from "./sessions.js";
import { createWechat } from "./wechat.js";

const PUBLIC = fileURLToPath(new URL("public", import.meta.url));

/** The shop as an Express app. `store()` gives the opened store; nothing is opened before a request needs it. */
export function createApp({ store, env, stopping }) {
  const sessions = createSessions({ store, secret: env.JWT_SECRET });
  const parts = {
    store,
    sessions,
    stopping,
    requireUser: sessions.requireUser,
    openidOf: createWechat(env),
    stepMs: Number(env.ORDER_STEP_MS ?? 2000),
    heartbeatMs: Number(env.HEARTBEAT_MS ?? 15_000),
  };

  const app = express();
  app.disable("x-powered-by");
  app.get("/healthz", (_req, res) => res.json({ status: "ok" }));
  app.use("/api", imageRoutes(parts));
  app.use("/api", requireJson, express.json({ limit: "100kb" }));
  for (const routes of [loginRoutes, catalogueRoutes, cartRoutes, orderRoutes, eventRoutes]) {
    app.use("/api", routes(parts));
  }
  app.use(express.static(PUBLIC));
  app.use(notFound);
  app.use(sendError);
  return app;
}

// req.is() is null without a body, false with a body of another type, and counts an empty body as one.
function requireJson(req, _res, next) {
  const isEmpty = req.get("content-length") === "0";
  if (!isEmpty && req.is("application/json") === false) throw new HttpError(415, "not_json", "Send application/json");
  next();
}
