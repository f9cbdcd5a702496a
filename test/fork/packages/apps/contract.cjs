const { randomUUID } = require("node:crypto");
const { setTimeout: pause } = require("node:timers/promises");

/**
 * What every app answers `GET /` with. It takes a moment, so that two requests at once are answered by two instances.
 *
 * @param ids by name: what no two instances, and no two requests, may have in common
 * @param same what every instance answers, forked or not
 * @param own by name: what an instance keeps, and no other one has
 */
exports.answer = async (ids, same, own = {}) => {
  await pause(40);
  return {
    pid: process.pid,
    ids: { random: String(Math.random()), uuid: randomUUID(), ...ids },
    own: { pid: process.pid, ...own },
    same,
  };
};
