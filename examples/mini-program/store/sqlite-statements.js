/** Every statement of the SQLite store, compiled once. */
export function prepareAll(db) {
  const texts = {
    addSecret: "INSERT OR IGNORE INTO settings VALUES ('jwt-secret', ?)",
    secret: "SELECT value FROM settings WHERE name = 'jwt-secret'",
    user: "SELECT id FROM users WHERE openid = ?",
    addUser: "INSERT OR IGNORE INTO users (id, openid) VALUES (?, ?) RETURNING id",
    products: "SELECT * FROM products ORDER BY position",
    shortOf: "SELECT stock FROM products WHERE id = ? AND stock < ?",
    takeStock: "UPDATE products SET stock = stock - ? WHERE id = ?",
    cart: "SELECT items FROM carts WHERE user_id = ?",
    replaceCart: "INSERT OR REPLACE INTO carts (user_id, items) VALUES (?, ?)",
    orderByKey: "SELECT * FROM orders WHERE user_id = ? AND idempotency_key = ?",
    addOrder: `INSERT INTO orders (id, user_id, idempotency_key, body_hash, created_at, note, items, total_cents)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    orders: "SELECT * FROM orders WHERE user_id = ? ORDER BY created_at DESC, id",
    order: "SELECT * FROM orders WHERE user_id = ? AND id = ?",
    addImage: "INSERT OR IGNORE INTO images (id, type, bytes, user_id) VALUES (?, ?, ?, ?)",
    image: "SELECT type, bytes FROM images WHERE id = ?",
  };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, db.prepare(text)]));
}
