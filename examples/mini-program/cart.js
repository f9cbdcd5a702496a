import { Router } from "express";
import { parseItems, priceItems } from "./items.js";

export function cartRoutes({ store, requireUser }) {
  const routes = Router();

  routes.get("/cart", requireUser, async (req, res) => {
    const shop = await store();
    res.json(priceItems(await shop.cart(req.userId), await shop.products()));
  });

  // A cart is put as a whole: sending it twice, or from two phones at once, leaves no mixture.
  routes.put("/cart", requireUser, async (req, res) => {
    const shop = await store();
    const items = parseItems(req.body);
    const cart = priceItems(items, await shop.products());
    await shop.replaceCart(req.userId, items);
    res.json(cart);
  });

  routes.delete("/cart", requireUser, async (req, res) => {
    await (await store()).replaceCart(req.userId, []);
    res.status(204).end();
  });

  return routes;
}
