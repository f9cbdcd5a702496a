import { createApp } from "./app.js";

const app = createApp(process.env);
const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST, () => console.log("Koa is listening"));

const stop = () => server.close();
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
