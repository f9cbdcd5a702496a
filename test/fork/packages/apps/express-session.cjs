const express = require("express");
const session = require("express-session");
const { answer } = require("./contract.cjs");

const app = express();
app.use(session({ secret: "harbour", resave: false, saveUninitialized: true }));
app.get("/", async (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1;
  res.json(await answer({ session: req.sessionID }, { visits: req.session.visits }));
});
app.listen(process.env.PORT);
