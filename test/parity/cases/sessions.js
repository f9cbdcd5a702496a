import { createRequire } from "node:module";
import bodyParser from "body-parser";
import { create } from "./create.js";
import { withCookies } from "./steps.js";

const require = createRequire(import.meta.url);
const form = ["Content-Type", "application/x-www-form-urlencoded"];

const login = (body) => ({ method: "POST", target: "/login", headers: [form], body });

export const group = {
  title: "Sessions and logins",
  cases: [
    {
      name: "cookie-session",
      app: () =>
        create(require("cookie-session")({ name: "s", keys: ["k1", "k2"], maxAge: 60_000 })).use((req, res) => {
          if (req.url === "/out") req.session = null;
          else req.session.views = (req.session.views ?? 0) + 1;
          res.json(req.session);
        }),
      steps: [
        { target: "/" },
        withCookies({ target: "/" }),
        withCookies({ target: "/" }),
        withCookies({ target: "/out" }),
        { target: "/", headers: [["Cookie", "s=forged; s.sig=forged"]] },
      ],
    },
    {
      name: "express-session",
      app: () =>
        create(
          require("express-session")({
            secret: "k",
            resave: false,
            saveUninitialized: false,
            cookie: { maxAge: 60_000 },
          }),
        ).use((req, res, next) => {
          if (req.url === "/out") return req.session.destroy(() => res.send("bye"));
          if (req.url === "/new") return req.session.regenerate((error) => (error ? next(error) : res.send("new")));
          if (req.url !== "/look") req.session.views = (req.session.views ?? 0) + 1;
          return res.json({ views: req.session.views ?? null, id: req.sessionID });
        }),
      steps: [
        { target: "/look" },
        { target: "/" },
        withCookies({ target: "/" }),
        withCookies({ target: "/look" }),
        withCookies({ target: "/new" }),
        withCookies({ target: "/out" }),
        withCookies({ target: "/look" }),
      ],
    },
    {
      name: "express-session with other cookies beside",
      app: () =>
        create(
          require("cookie-parser")("k"),
          require("express-session")({ secret: "k", resave: true, saveUninitialized: true }),
        ).use((req, res) =>
          res.cookie("a", "1").cookie("b", "2", { signed: true }).json([req.cookies, req.signedCookies]),
        ),
      steps: [{ target: "/" }, withCookies({ target: "/" })],
    },
    {
      name: "passport-local: login, profile, logout",
      app: () => {
        const { Passport } = require("passport");
        const { Strategy } = require("passport-local");
        const passport = new Passport();
        passport.use(
          new Strategy((user, password, done) =>
            done(null, password === "right" ? { user } : false, { message: "wrong" }),
          ),
        );
        passport.serializeUser((user, done) => done(null, user.user));
        passport.deserializeUser((user, done) => done(null, { user }));
        const app = create(
          bodyParser.urlencoded({ extended: false }),
          require("express-session")({ secret: "k", resave: false, saveUninitialized: false }),
          passport.initialize(),
          passport.session(),
        );
        app.post("/login", passport.authenticate("local", { failureRedirect: "/failed", successRedirect: "/me" }));
        app.post("/api/login", passport.authenticate("local"), (req, res) => res.json(req.user));
        app.get("/me", (req, res) => (req.isAuthenticated() ? res.json(req.user) : res.sendStatus(401)));
        app.post("/logout", (req, res, next) => req.logout((error) => (error ? next(error) : res.redirect("/"))));
        return app;
      },
      steps: [
        { target: "/me" },
        login("username=ann&password=wrong"),
        { ...login("username=ann&password=wrong"), target: "/api/login" },
        login("username=ann&password=right"),
        withCookies({ target: "/me" }),
        withCookies({ method: "POST", target: "/logout" }),
        withCookies({ target: "/me" }),
      ],
    },
    {
      name: "csrf-csrf: token, post, refused",
      app: () => {
        const { doubleCsrf } = require("csrf-csrf");
        const { doubleCsrfProtection, generateCsrfToken } = doubleCsrf({
          getSecret: () => "secret",
          getSessionIdentifier: () => "one",
          cookieName: "csrf",
          cookieOptions: { secure: false },
        });
        const app = create(require("cookie-parser")(), doubleCsrfProtection);
        app.get("/token", (req, res) => res.send(generateCsrfToken(req, res)));
        app.post("/", (_req, res) => res.send("done"));
        return app.use((error, _req, res, _next) => res.status(error.statusCode ?? 500).send(error.code));
      },
      steps: [
        { target: "/token" },
        { method: "POST", target: "/" },
        withCookies({ method: "POST", target: "/" }),
        withCookies((answers) => ({
          method: "POST",
          target: "/",
          headers: [["X-CSRF-Token", answers[0].body.toString()]],
        })),
      ],
    },
  ],
};
