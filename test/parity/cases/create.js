import express from "express";

/** Makes an Express app of middleware, which answers errors without their stack. */
export function create(...middleware) {
  const app = express();
  app.set("env", "production");
  for (const item of middleware) app.use(item);
  return app;
}
