import { createHash, randomUUID } from "node:crypto";
import { Router } from "express";
import { HttpError } from "./http-error.js";
import { parseItems, priceItems } from "./items.js";
import { STEPS, stepAt } from "./order-status.js";

const MAX_NOTE_LENGTH = 500;

export function orderRoutes({ store, requireUser, stepMs }) {
  const routes = Router();
  const present = (order, now) => ({ ...order, status: STEPS[stepAt(order, stepMs, now)] });

  routes.post("/orders", requireUser, async (req, res) => {
    const key = parseKey(req.get("idempotency-key"));
    const wanted = parseOrder(req.body);
    const shop = await store();
    const outcome = await shop.placeOrder({
      userId: req.userId,
      key,
      bodyHash: createHash("sha256").update(JSON.stringify(wanted)).digest("hex"),
      order: {
        id: randomUUID(),
        createdAt: Date.now(),
        note: wanted.note,
        ...priceItems(wanted.items, await shop.products()),
      },
    });
    if (outcome.kind === "key-reused") {
      throw new HttpError(422, "key_reused", "This Idempotency-Key came before with another order");
    }
    if (outcome.kind === "sold-out") {
      throw new HttpError(409, "sold_out", `Not enough of "${outcome.productId}" is left`);
    }
    // A repeated request gets the very first answer: the order as it was when it was placed.
    const { order } = outcome;
    res.status(201).location(`${req.baseUrl}/orders/${order.id}`).json(present(order, order.createdAt));
  });

  routes.get("/orders", requireUser, async (req, res) => {
    const orders = await (await store()).orders(req.userId);
    res.json({ orders: orders.map((order) => present(order, Date.now())) });
  });

  routes.get("/orders/:id", requireUser, async (req, res) => {
    res.json(present(await findOrder(await store(), req), Date.now()));
  });

  return routes;
}

/** The user's own order; another user's is as good as none. */
export async function findOrder(shop, req) {
  const order = await shop.order(req.userId, req.params.id);
  if (!order) throw new HttpError(404, "no_such_order", `No order "${req.params.id}"`);
  return order;
}

function parseKey(key) {
  if (!key) throw new HttpError(400, "no_idempotency_key", "Send an Idempotency-Key header");
  if (key.length > 255) throw new HttpError(400, "long_idempotency_key", "The Idempotency-Key is too long");
  return key;
}

function parseOrder(body) {
  const items = parseItems(body);
  if (items.length === 0) throw new HttpError(422, "empty_order", "An order needs at least one item");
  const note = body.note ?? "";
  if (typeof note !== "string" || note.length > MAX_NOTE_LENGTH) {
    throw new HttpError(422, "invalid_note", `"note" must be a text of at most ${MAX_NOTE_LENGTH} characters`);
  }
  return { items, note };
}
