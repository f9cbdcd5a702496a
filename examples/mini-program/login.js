import { Router } from "express";
import { HttpError } from "./http-error.js";

export function loginRoutes({ store, sessions, openidOf }) {
  const routes = Router();

  routes.post("/login", async (req, res) => {
    const code = req.body?.code;
    if (typeof code !== "string" || code === "" || code.length > 128) {
      throw new HttpError(422, "invalid_login", '"code" must be a text of 1 to 128 characters');
    }
    const openid = await openidOf(code);
    const userId = await (await store()).userByOpenid(openid);
    res.set("Cache-Control", "no-store");
    res.json({ token: await sessions.issue(userId), user: { id: userId } });
  });

  return routes;
}
