import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Item {
  productId: string;
  quantity: number;
}

interface Order {
  id: string;
  createdAt: number;
  note: string;
  items: Item[];
  totalCents: number;
}

interface OrderRequest {
  userId: string;
  key: string;
  bodyHash: string;
  order: Order;
}

type Outcome = { kind: "placed"; order: Order } | { kind: "key-reused" } | { kind: "sold-out"; productId: string };

interface Image {
  type: string;
  bytes: Buffer;
}

/** What the shop asks of its store. */
interface Store {
  secret(): Promise<string>;
  userByOpenid(openid: string): Promise<string>;
  products(): Promise<{ id: string; name: string; priceCents: number; stock: number | null }[]>;
  cart(userId: string): Promise<Item[]>;
  replaceCart(userId: string, items: Item[]): Promise<void>;
  /** Places the order and empties the cart, or changes nothing. */
  placeOrder(request: OrderRequest): Promise<Outcome>;
  orders(userId: string): Promise<Order[]>;
  order(userId: string, id: string): Promise<Order | undefined>;
  saveImage(image: Image & { id: string; userId: string }): Promise<void>;
  image(id: string): Promise<Image | undefined>;
  close(): Promise<void>;
}

export interface StoreUnderTest {
  /** Opens the store on the same data each time, as another instance would. */
  open(): Promise<Store>;
}

const orderOf = (items: Item[], createdAt = 1000) => ({
  id: randomUUID(),
  createdAt,
  note: "leave it at the door",
  items,
  totalCents: 8800,
});

/** What every store of the shop must do; run with two instances open on the same data. */
export function storeContract(name: string, { open }: StoreUnderTest): void {
  describe(name, () => {
    let one: Store;
    let two: Store;
    const request = (
      userId: string,
      key: string,
      bodyHash: string,
      items = [{ productId: "longjing", quantity: 1 }],
    ) => ({
      userId,
      key,
      bodyHash,
      order: orderOf(items),
    });

    beforeAll(async () => {
      // Both at once on empty data: each must wait for the other's migration.
      [one, two] = await Promise.all([open(), open()]);
    });
    afterAll(() => Promise.all([one?.close(), two?.close()]));

    it("keeps what is there when it is opened again", async () => {
      await one.replaceCart("reopen", [{ productId: "cups", quantity: 2 }]);
      const three = await open();
      expect(await three.cart("reopen")).toEqual([{ productId: "cups", quantity: 2 }]);
      expect(await three.products()).toHaveLength(6);
      await three.close();
    });

    it("gives every instance the same secret, also when both ask first", async () => {
      const [a, b] = await Promise.all([one.secret(), two.secret()]);
      expect(a).toBe(b);
      expect(a).toMatch(/^[\w-]{43}$/);
    });

    it("knows one user for one openid, also when both ask first", async () => {
      const ids = await Promise.all([one.userByOpenid("o1"), two.userByOpenid("o1"), one.userByOpenid("o1")]);
      expect(new Set(ids).size).toBe(1);
      expect(await one.userByOpenid("o2")).not.toBe(ids[0]);
    });

    it("replaces a cart as a whole", async () => {
      await one.replaceCart("ann", [{ productId: "cups", quantity: 2 }]);
      await two.replaceCart("ann", [{ productId: "puer", quantity: 1 }]);
      expect(await one.cart("ann")).toEqual([{ productId: "puer", quantity: 1 }]);
      expect(await one.cart("nobody")).toEqual([]);
    });

    it("places an order and empties the cart with it", async () => {
      await one.replaceCart("bob", [{ productId: "longjing", quantity: 1 }]);
      const wanted = request("bob", "k1", "h1");
      expect(await one.placeOrder(wanted)).toEqual({ kind: "placed", order: wanted.order });
      expect(await two.cart("bob")).toEqual([]);
      expect(await two.order("bob", wanted.order.id)).toEqual(wanted.order);
      expect(await two.order("ann", wanted.order.id)).toBeUndefined();
    });

    it("places one order for many requests with one key at once", async () => {
      const requests = Array.from({ length: 10 }, () => request("cid", "same", "h"));
      const outcomes = await Promise.all(requests.map((wanted, i) => (i % 2 ? one : two).placeOrder(wanted)));
      expect(new Set(outcomes.map((outcome) => outcome.kind === "placed" && outcome.order.id)).size).toBe(1);
      expect(await one.orders("cid")).toHaveLength(1);
    });

    it("refuses a key that comes with another body, and only to the same user", async () => {
      await one.placeOrder(request("dan", "k", "h1"));
      expect(await two.placeOrder(request("dan", "k", "h2"))).toEqual({ kind: "key-reused" });
      expect(await two.placeOrder(request("eve", "k", "h2"))).toMatchObject({ kind: "placed" });
    });

    it("never sells more than the stock, and leaves nothing of an order that fails", async () => {
      const buyers = Array.from({ length: 16 }, (_, i) => `buyer${i}`);
      const items = [
        { productId: "tide-bowl", quantity: 1 },
        { productId: "cups", quantity: 1 },
      ];
      const outcomes = await Promise.all(
        buyers.map((buyer, i) => (i % 2 ? one : two).placeOrder(request(buyer, "k", "h", items))),
      );
      const refused = outcomes.filter((outcome) => outcome.kind === "sold-out");
      expect(refused).toEqual(Array(4).fill({ kind: "sold-out", productId: "tide-bowl" }));
      expect((await one.products()).find((product) => product.id === "tide-bowl")?.stock).toBe(0);
      const kept = await Promise.all(buyers.map((buyer) => two.orders(buyer)));
      expect(kept.flat()).toHaveLength(12);
    });

    it("lists a user's orders, the latest first", async () => {
      for (const [key, createdAt] of Object.entries({ a: 1, b: 1_800_000_000_000, c: 2 })) {
        await one.placeOrder({ ...request("fay", key, "h"), order: orderOf([], createdAt) });
      }
      const listed = await two.orders("fay");
      expect(listed.map((order) => order.createdAt)).toEqual([1_800_000_000_000, 2, 1]);
    });

    it("keeps an image byte for byte, and once", async () => {
      const image = { id: "i1", type: "image/png", bytes: Buffer.from([0, 255, 10, 0, 137]), userId: "ann" };
      await Promise.all([one.saveImage(image), two.saveImage(image)]);
      const kept = await two.image("i1");
      expect(kept?.type).toBe("image/png");
      expect(kept?.bytes.equals(image.bytes)).toBe(true);
      expect(await one.image("i2")).toBeUndefined();
    });
  });
}
