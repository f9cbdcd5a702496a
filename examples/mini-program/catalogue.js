import { Router } from "express";
import { HttpError } from "./http-error.js";

export function catalogueRoutes({ store }) {
  const routes = Router();

  routes.get("/products", async (_req, res) => {
    res.json({ products: await (await store()).products() });
  });

  routes.get("/products/:id", async (req, res) => {
    const product = (await (await store()).products()).find(({ id }) => id === req.params.id);
    if (!product) throw new HttpError(404, "no_such_product", `No product "${req.params.id}"`);
    res.json(product);
  });

  return routes;
}
