// One of several processes of a test: opens the store at the same time as the others and places the same order.
import { randomUUID } from "node:crypto";
import { openSqliteStore } from "./sqlite.js";

const store = await openSqliteStore(process.argv[2]);
const order = { id: randomUUID(), createdAt: 1, note: "", items: [], totalCents: 0 };
const outcome = await store.placeOrder({ userId: "ann", key: "k", bodyHash: "h", order });
process.send({ orderId: outcome.order.id, secret: await store.secret() });
await store.close();
