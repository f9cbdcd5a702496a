"use strict";
// Loaded into the templates of tests before their program: gives it the addon and a way to its fork point.
const { writeSync } = require("node:fs");

const addon = require(process.env.TEST_ADDON);
globalThis.forking = addon;
addon.dieWithParent(process.ppid);

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
  addon.takeOverEnd(
    () => process.emit("beforeExit", process.exitCode ?? 0),
    () => process.exit(),
  );
  return JSON.parse(order);
};

/** Tells the test a value, without the event loop. */
globalThis.tell = (value) => writeSync(1, `${JSON.stringify(value)}\n`);
