import { toOrder } from "./rows.js";

export async function replaceCart(client, userId, items) {
  const text = "INSERT INTO carts VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET items = excluded.items";
  await client.query(text, [userId, JSON.stringify(items)]);
}

// Thrown rather than returned, so that the transaction is rolled back.
export class SoldOut extends Error {}

export async function placeOrder(client, { userId, key, bodyHash, order }) {
  const { id, createdAt, note, items, totalCents } = order;
  // Waits here for a twin that is being placed: when that one commits, nothing is inserted.
  const { rowCount } = await client.query(
    `INSERT INTO orders (id, user_id, idempotency_key, body_hash, created_at, note, items, total_cents)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, idempotency_key) DO NOTHING`,
    [id, userId, key, bodyHash, createdAt, note, JSON.stringify(items), totalCents],
  );
  if (rowCount === 0) return await orderBefore(client, userId, key, bodyHash);
  // Always in the same order, so that two orders never wait for each other's rows.
  for (const { productId, quantity } of items.toSorted((a, b) => (a.productId < b.productId ? -1 : 1))) {
    const taken = await client.query(
      "UPDATE products SET stock = stock - $1 WHERE id = $2 AND stock >= $1 RETURNING id",
      [quantity, productId],
    );
    if (taken.rowCount === 0 && (await isLimited(client, productId))) throw new SoldOut(productId);
  }
  await replaceCart(client, userId, []);
  return { kind: "placed", order };
}

async function isLimited(client, productId) {
  const { rows } = await client.query("SELECT stock FROM products WHERE id = $1", [productId]);
  return rows[0]?.stock !== null;
}

async function orderBefore(client, userId, key, bodyHash) {
  const { rows } = await client.query("SELECT * FROM orders WHERE user_id = $1 AND idempotency_key = $2", [
    userId,
    key,
  ]);
  return rows[0].body_hash === bodyHash ? { kind: "placed", order: toOrder(rows[0]) } : { kind: "key-reused" };
}
