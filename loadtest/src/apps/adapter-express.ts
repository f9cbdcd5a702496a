import express, { type Express } from "express";

/** Answers every request of the adapter bench; parsers stand on the routes that have a body, as they cost each other. */
export function createExpressApp(): Express {
  const app = express();
  app.get("/empty", (_req, res) => {
    res.status(204).end();
  });
  app.get("/items/:id", (req, res) => {
    res.json({ id: req.params.id, colour: req.query.colour, host: req.get("host") });
  });
  app.post("/documents", express.json({ limit: "128kb" }), (req, res) => {
    res.json({
      length: Number(req.get("content-length")),
      items: req.body.items.length,
      last: req.body.items.at(-1).id,
    });
  });
  app.post("/images", express.raw({ type: "image/png", limit: "2mb" }), (req, res) => {
    res.type("image/png").send(req.body);
  });
  app.get("/headers", (req, res) => {
    res.json({ agent: req.get("user-agent"), first: req.get("x-field-0"), last: req.get("x-field-90") });
  });
  return app;
}
