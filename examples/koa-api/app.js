import Koa from "koa";
import { errors } from "./errors.js";
import { routes } from "./routes.js";

/** The API as a Koa app. Without a COOKIE_KEY cookies are signed with a key that everybody knows. */
export function createApp({ COOKIE_KEY = "only for trying it out" }) {
  const app = new Koa();
  app.keys = [COOKIE_KEY];
  app.use(errors);
  app.use(routes);
  return app;
}
