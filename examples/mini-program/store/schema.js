import { PRODUCTS } from "./products.js";

/**
 * Steps that bring an empty database to the present, for both kinds of database; add new ones at the end.
 * No table refers to users: a session signed with a shared secret is valid before its user was seen here.
 */
export function schemaSteps({ bytes, bigint }) {
  return [
    `CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
     CREATE TABLE users (id TEXT PRIMARY KEY, openid TEXT NOT NULL UNIQUE);
     CREATE TABLE products (
       id TEXT PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
       price_cents INTEGER NOT NULL, stock INTEGER CHECK (stock >= 0)
     );
     CREATE TABLE carts (user_id TEXT PRIMARY KEY, items TEXT NOT NULL);
     CREATE TABLE orders (
       id TEXT PRIMARY KEY, user_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, body_hash TEXT NOT NULL,
       created_at ${bigint} NOT NULL, note TEXT NOT NULL, items TEXT NOT NULL, total_cents INTEGER NOT NULL,
       UNIQUE (user_id, idempotency_key)
     );
     CREATE INDEX orders_of_user ON orders (user_id, created_at);
     CREATE TABLE images (id TEXT PRIMARY KEY, type TEXT NOT NULL, bytes ${bytes} NOT NULL, user_id TEXT NOT NULL);
     ${PRODUCTS.map(insertProduct).join("\n")}`,
  ];
}

function insertProduct({ id, name, description, priceCents, stock }, position) {
  const texts = [id, name, description].map((text) => `'${text.replaceAll("'", "''")}'`);
  return `INSERT INTO products (id, name, description, position, price_cents, stock)
    VALUES (${texts.join(", ")}, ${position}, ${priceCents}, ${stock ?? "NULL"});`;
}
