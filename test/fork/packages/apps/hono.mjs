import { Hono } from "hono";
import { answer } from "./contract.cjs";

const app = new Hono();
app.get("/", async (c) => c.json(await answer({}, { path: c.req.path })));

// biome-ignore lint/style/noDefaultExport: such apps are exported
export default app;
