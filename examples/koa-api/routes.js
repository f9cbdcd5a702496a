import { Readable } from "node:stream";
import { readJson } from "./body.js";
import { findPlanet, PLANETS } from "./planets.js";

const LIGHT_KM_PER_S = 299_792.458;

const ROUTES = [
  ["GET", /^\/$/, home],
  ["GET", /^\/planets$/, list],
  ["GET", /^\/planets\.ndjson$/, listAsStream],
  ["GET", /^\/planets\/([a-z]+)$/, show],
  ["POST", /^\/light-times$/, lightTimes],
  ["GET", /^\/visits$/, visits],
  ["GET", /^\/broken$/, broken],
];

/** Few enough routes to do without a router. */
export async function routes(ctx, next) {
  const method = ctx.method === "HEAD" ? "GET" : ctx.method;
  for (const [routeMethod, pattern, handle] of ROUTES) {
    const match = routeMethod === method && pattern.exec(ctx.path);
    if (match) return await handle(ctx, ...match.slice(1));
  }
  await next();
}

function home(ctx) {
  ctx.body = { planets: "/planets", visits: "/visits" };
}

function list(ctx) {
  const max = ctx.query.closerThan ? Number(ctx.query.closerThan) : Number.POSITIVE_INFINITY;
  if (Number.isNaN(max)) ctx.throw(400, '"closerThan" must be a number of million km');
  ctx.body = { planets: PLANETS.filter(({ millionKm }) => millionKm < max) };
}

function listAsStream(ctx) {
  ctx.type = "application/x-ndjson";
  ctx.body = Readable.from(PLANETS.map((planet) => `${JSON.stringify(planet)}\n`));
}

function show(ctx, name) {
  ctx.body = findPlanet(name) ?? ctx.throw(404, `No planet "${name}"`);
  // Koa has the ETag and the 304, but leaves the asking to the app.
  ctx.etag = name;
  if (ctx.fresh) ctx.status = 304;
}

async function lightTimes(ctx) {
  const { planets } = await readJson(ctx);
  if (!Array.isArray(planets)) ctx.throw(422, '"planets" must be a list of names');
  const seconds = planets.map((name) => {
    const planet = findPlanet(name) ?? ctx.throw(422, `No planet "${name}"`);
    return [name, Math.round((planet.millionKm * 1e6) / LIGHT_KM_PER_S)];
  });
  ctx.body = { secondsFromSun: Object.fromEntries(seconds) };
}

// Counted in the client's own signed cookie, so any instance can count on.
function visits(ctx) {
  const count = Number(ctx.cookies.get("visits", { signed: true }) ?? 0) + 1;
  ctx.cookies.set("visits", String(count), { signed: true, httpOnly: true, sameSite: "lax" });
  ctx.body = { visits: count };
}

function broken() {
  throw new Error("The secret of this error stays in the log");
}
