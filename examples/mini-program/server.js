import { app, close, endStreams, open } from "./app.js";

await open();
const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST, (error) => {
  if (error) throw error;
  console.log(`Shop on port ${server.address().port}`);
});

async function stop() {
  endStreams();
  await new Promise((resolve) => server.close(resolve));
  await close();
}

process.once("SIGTERM", stop);
process.once("SIGINT", stop);
