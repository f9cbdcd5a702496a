import { randomBytes, randomUUID } from "node:crypto";
import { placeOrder, replaceCart, SoldOut } from "./postgres-order.js";
import { toOrder, toProduct } from "./rows.js";
import { schemaSteps } from "./schema.js";

// Any number, the same in every instance: who holds this lock migrates.
const MIGRATION_LOCK = 7_243_001;
const MAX_CONNECTIONS = 5;

/** The store in a PostgreSQL database, which instances on several machines may share. */
export async function openPostgresStore(connectionString) {
  // An app that does not need PostgreSQL should not load its driver.
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString, max: MAX_CONNECTIONS });
  // The pool replaces a connection that broke while idle; unheard, its error would end the process.
  pool.on("error", (error) => {
    if (!pool.ending) console.error("Lost an idle database connection:", error.message);
  });
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return createStore(pool);
}

async function migrate(pool) {
  await transaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await client.query("CREATE TABLE IF NOT EXISTS shop_schema (step INTEGER PRIMARY KEY)");
    const { rows } = await client.query("SELECT count(*)::int AS done FROM shop_schema");
    const steps = schemaSteps({ bytes: "BYTEA", bigint: "BIGINT" });
    for (let step = rows[0].done; step < steps.length; step++) {
      await client.query(steps[step]);
      await client.query("INSERT INTO shop_schema VALUES ($1)", [step]);
    }
  });
}

async function transaction(pool, work) {
  const client = await pool.connect();
  let broken;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((cause) => {
      broken = cause;
    });
    throw error;
  } finally {
    // A connection that cannot even roll back is not given to the next request.
    client.release(broken);
  }
}

function createStore(pool) {
  const all = async (text, values) => (await pool.query(text, values)).rows;
  const one = async (text, values) => (await all(text, values))[0];

  return {
    async secret() {
      const secret = randomBytes(32).toString("base64url");
      await pool.query("INSERT INTO settings VALUES ('jwt-secret', $1) ON CONFLICT DO NOTHING", [secret]);
      return (await one("SELECT value FROM settings WHERE name = 'jwt-secret'")).value;
    },
    async userByOpenid(openid) {
      const known = await one("SELECT id FROM users WHERE openid = $1", [openid]);
      if (known) return known.id;
      await pool.query("INSERT INTO users (id, openid) VALUES ($1, $2) ON CONFLICT DO NOTHING", [randomUUID(), openid]);
      return (await one("SELECT id FROM users WHERE openid = $1", [openid])).id;
    },
    async products() {
      return (await all("SELECT * FROM products ORDER BY position")).map(toProduct);
    },
    async cart(userId) {
      return JSON.parse((await one("SELECT items FROM carts WHERE user_id = $1", [userId]))?.items ?? "[]");
    },
    async replaceCart(userId, items) {
      await replaceCart(pool, userId, items);
    },
    async placeOrder(request) {
      try {
        return await transaction(pool, (client) => placeOrder(client, request));
      } catch (error) {
        if (error instanceof SoldOut) return { kind: "sold-out", productId: error.message };
        throw error;
      }
    },
    async orders(userId) {
      const rows = await all("SELECT * FROM orders WHERE user_id = $1 ORDER BY created_at DESC, id", [userId]);
      return rows.map(toOrder);
    },
    async order(userId, id) {
      const row = await one("SELECT * FROM orders WHERE user_id = $1 AND id = $2", [userId, id]);
      return row && toOrder(row);
    },
    async saveImage({ id, type, bytes, userId }) {
      const text = "INSERT INTO images (id, type, bytes, user_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
      await pool.query(text, [id, type, bytes, userId]);
    },
    async image(id) {
      return await one("SELECT type, bytes FROM images WHERE id = $1", [id]);
    },
    async close() {
      await pool.end();
    },
  };
}
