import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { toOrder, toProduct } from "./rows.js";
import { schemaSteps } from "./schema.js";
import { prepareAll } from "./sqlite-statements.js";

const BUSY_TIMEOUT_MS = 10_000;
const WAL_ATTEMPTS = 100;

/** The store in one SQLite file, which several processes may have open at once. */
export async function openSqliteStore(directory) {
  // An app that does not need SQLite should not load it.
  const { DatabaseSync } = await import("node:sqlite");
  mkdirSync(directory, { recursive: true });
  const db = new DatabaseSync(join(directory, "shop.sqlite"));
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  await useWal(db);
  // With WAL this loses no transaction when the process dies, only when the machine does.
  db.exec("PRAGMA synchronous = NORMAL");
  migrate(db);
  return createStore(db);
}

// SQLite does not wait for the busy timeout when two connections change the journal mode at once.
async function useWal(db) {
  for (let attempt = 1; ; attempt++) {
    try {
      return db.exec("PRAGMA journal_mode = WAL");
    } catch (error) {
      if (error.errcode !== 5 || attempt === WAL_ATTEMPTS) throw error;
      await delay(20);
    }
  }
}

function migrate(db) {
  const steps = schemaSteps({ bytes: "BLOB", bigint: "INTEGER" });
  const done = () => db.prepare("PRAGMA user_version").get().user_version;
  // Usually nothing is left to do, and then an instance that starts need not wait for one that writes.
  if (done() === steps.length) return;
  transaction(db, () => {
    for (const step of steps.slice(done())) db.exec(step);
    db.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

// IMMEDIATE takes the write lock first: two transactions that read and then write would refuse each other.
function transaction(db, work) {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

function createStore(db) {
  const sql = prepareAll(db);

  return {
    async secret() {
      if (!sql.secret.get()) sql.addSecret.run(randomBytes(32).toString("base64url"));
      return sql.secret.get().value;
    },
    async userByOpenid(openid) {
      return (sql.user.get(openid) ?? sql.addUser.get(randomUUID(), openid) ?? sql.user.get(openid)).id;
    },
    async products() {
      return sql.products.all().map(toProduct);
    },
    async cart(userId) {
      return JSON.parse(sql.cart.get(userId)?.items ?? "[]");
    },
    async replaceCart(userId, items) {
      sql.replaceCart.run(userId, JSON.stringify(items));
    },
    async placeOrder(request) {
      return transaction(db, () => placeOrder(sql, request));
    },
    async orders(userId) {
      return sql.orders.all(userId).map(toOrder);
    },
    async order(userId, id) {
      const row = sql.order.get(userId, id);
      return row && toOrder(row);
    },
    async saveImage({ id, type, bytes, userId }) {
      sql.addImage.run(id, type, bytes, userId);
    },
    async image(id) {
      const row = sql.image.get(id);
      return (
        row && { type: row.type, bytes: Buffer.from(row.bytes.buffer, row.bytes.byteOffset, row.bytes.byteLength) }
      );
    },
    async close() {
      db.close();
    },
  };
}

// Runs inside a transaction, from beginning to end without giving way to another request.
function placeOrder(sql, { userId, key, bodyHash, order }) {
  const before = sql.orderByKey.get(userId, key);
  if (before)
    return before.body_hash === bodyHash ? { kind: "placed", order: toOrder(before) } : { kind: "key-reused" };
  const short = order.items.find(({ productId, quantity }) => sql.shortOf.get(productId, quantity));
  if (short) return { kind: "sold-out", productId: short.productId };
  for (const { productId, quantity } of order.items) sql.takeStock.run(quantity, productId);
  const { id, createdAt, note, items, totalCents } = order;
  sql.addOrder.run(id, userId, key, bodyHash, createdAt, note, JSON.stringify(items), totalCents);
  sql.replaceCart.run(userId, "[]");
  return { kind: "placed", order };
}
