"use strict";
// Loaded into the templates of tests before their program: gives it the addon and a way to its fork point.
const { writeSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

const addon = require(process.env.TEST_ADDON);
globalThis.forking = addon;

function takeOverEnd() {
  addon.takeOverEnd(
    () => process.emit("beforeExit", process.exitCode ?? 0),
    () => process.exit(),
  );
}

// Worker threads load this again, and those of a child have the same end as its main thread.
if (isMainThread) addon.dieWithParent(process.ppid);
else takeOverEnd();

/** Returns in each child only, with the order. */
globalThis.park = () => {
  writeSync(3, '{"type":"parked"}\n');
  let order;
  try {
    order = addon.serveForks(3);
  } catch (error) {
    writeSync(3, `${JSON.stringify({ type: "refused", code: error.code, syscall: error.syscall })}\n`);
    process.reallyExit(1);
  }
  takeOverEnd();
  return JSON.parse(order);
};

/** Tells the test a value, without the event loop. */
globalThis.tell = (value) => writeSync(1, `${JSON.stringify(value)}\n`);
