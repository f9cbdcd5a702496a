import { Hono } from "hono";

/** Answers every request of the adapter bench. */
export function createHonoApp(): Hono {
  const app = new Hono();
  app.get("/empty", (c) => c.body(null, 204));
  app.get("/items/:id", (c) =>
    c.json({ id: c.req.param("id"), colour: c.req.query("colour"), host: c.req.header("host") }),
  );
  app.post("/documents", async (c) => {
    const { items } = await c.req.json<{ items: { id: number }[] }>();
    return c.json({ length: Number(c.req.header("content-length")), items: items.length, last: items.at(-1)?.id });
  });
  app.post("/images", async (c) => c.body(await c.req.arrayBuffer(), 200, { "content-type": "image/png" }));
  app.get("/headers", (c) =>
    c.json({ agent: c.req.header("user-agent"), first: c.req.header("x-field-0"), last: c.req.header("x-field-90") }),
  );
  return app;
}
