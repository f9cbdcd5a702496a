import { closeSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestChild, TestTemplate } from "./testing/test-template.ts";

/** Every child tells its order, and that its three sockets are its own. */
const PROGRAM = `const order = park(); tell(order); process.stderr.write("e"); require("fs").writeSync(3, "c");`;

let template: TestTemplate;

beforeEach(async () => {
  template = await TestTemplate.start(PROGRAM);
});
afterEach(() => template.stop());

interface Pairs {
  readonly own: [number, number, number];
  readonly others: number[];
}

function makePairs(): Pairs {
  const pairs = [0, 1, 2].map(() => template.forking.socketPair());
  const [a = 0, b = 0, c = 0] = pairs.map(([own]) => own);
  return { own: [a, b, c], others: pairs.map(([, other]) => other) };
}

function send(text: string, descriptors: readonly number[] = []): void {
  template.forking.send(template.control, text, descriptors);
}

/** The child forked for this order answers on its own sockets. */
async function expectChild(order: unknown, pairs: Pairs): Promise<void> {
  const reply = await template.reply();
  expect(reply).toMatchObject({ type: "forked" });
  const child = new TestChild(template.forking, reply.pid ?? 0, pairs.own);
  for (const other of pairs.others) closeSync(other);
  expect(await child.next()).toEqual(order);
  expect(await child.errors()).toBe("e");
  expect(await child.said()).toBe(`{"type":"forked","pid":${child.pid}}\nc`);
  expect(await child.ended).toEqual({ code: 0, signal: null });
}

function drop(pairs: Pairs): void {
  for (const descriptor of [...pairs.own, ...pairs.others]) closeSync(descriptor);
}

test("orders sent at once are served one by one, each with its own descriptors", async () => {
  const [first, second, third] = [makePairs(), makePairs(), makePairs()];
  send('fork {"n":1}\n', first.others);
  send("reclaim\n");
  send("learn 1\n");
  send('fork {"n":2}\n', second.others);
  send('fork {"n":3}\n', third.others);
  await expectChild({ n: 1 }, first);
  await expectChild({ n: 2 }, second);
  await expectChild({ n: 3 }, third);
});

test("an order in pieces is served when it is whole, with the descriptors of its first piece", async () => {
  const pairs = makePairs();
  const text = 'fork {"text":"in pieces"}\n';
  send(text.slice(0, 1), pairs.others);
  for (const piece of text.slice(1)) send(piece);
  await expectChild({ text: "in pieces" }, pairs);
});

test("a line and the beginning of the next in one piece do not mix up descriptors", async () => {
  const [first, second] = [makePairs(), makePairs()];
  send('fork {"n":1', first.others);
  send("}\n");
  send('fork {"n":2}', second.others);
  send("\n");
  await expectChild({ n: 1 }, first);
  await expectChild({ n: 2 }, second);
});

test.each([8 * 1024, 100 * 1024, 1024 * 1024])("an order of %i bytes arrives whole", async (size) => {
  const pairs = makePairs();
  const order = { text: "x".repeat(size) };
  // In pieces, which go while the template reads: more than a socket takes at once.
  const pieces = `fork ${JSON.stringify(order)}\n`.match(/.{1,16000}\n?/gs) ?? [];
  for (const [index, piece] of pieces.entries()) {
    for (let isSent = false; !isSent; ) {
      try {
        send(piece, index === 0 ? pairs.others : []);
        isSent = true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        await new Promise(setImmediate);
      }
    }
  }
  await expectChild(order, pairs);
});

test.each([0, 1, 2, 4])("an order with %i descriptors fails, and the next one is served", async (count) => {
  const wrong = makePairs();
  const list = [...wrong.others, ...wrong.own].slice(0, count);
  send("fork {}\n", list);
  expect(await template.reply()).toEqual({ type: "failed", call: "recvmsg", code: "EBADF" });
  drop(wrong);
  const pairs = makePairs();
  send('fork {"n":1}\n', pairs.others);
  await expectChild({ n: 1 }, pairs);
});

test("descriptors that come with another line are closed", async () => {
  const open = (): number => readdirSync(`/proc/${template.process.pid}/fd`).length;
  const first = makePairs();
  send("fork {}\n", first.others);
  // It is parked by then: what loading needed is closed.
  await expectChild({}, first);
  const before = open();
  for (const line of ["reclaim\n", "unknown\n", "\n", "fork\n"]) {
    const pairs = makePairs();
    send(line, pairs.others);
    drop(pairs);
  }
  const pairs = makePairs();
  send("fork {}\n", pairs.others);
  await expectChild({}, pairs);
  expect(open()).toBe(before);
});

test("a stream that ends in the middle of an order ends the template", async () => {
  const pairs = makePairs();
  send("fork {", pairs.others);
  drop(pairs);
  expect(await template.stop()).toEqual({ code: 0, signal: null });
});
