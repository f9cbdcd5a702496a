const Koa = require("koa");
const { answer } = require("./contract.cjs");

const app = new Koa();
app.keys = ["harbour"];
app.use(async (context) => {
  context.body = await answer({}, { path: context.path });
});

module.exports = app;
