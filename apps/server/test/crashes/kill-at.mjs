/**
 * Loaded into a server before anything else (`--import`): a request with `x-kill-at: n` ends the process, as a power cut
 * would, at the n-th step of what follows: before a statement of the database, before a call to Stripe, or after its answer.
 * With `x-kill-at: 0` it lives, and prints how many steps there were. What no request does begins with `globalThis.killAt(n)`,
 * and ends with the function that this returns.
 */
import http from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../../packages/database/package.json", import.meta.url));

let left = -1;
let taken = 0;

function step() {
  if (left < 0) return;
  taken++;
  if (taken === left) process.kill(process.pid, "SIGKILL");
}

/** @param {object} prototype @param {string} name */
function before(prototype, name) {
  const original = prototype[name];
  prototype[name] = function (...args) {
    step();
    return original.apply(this, args);
  };
}

const Sqlite = require("better-sqlite3");
const memory = new Sqlite(":memory:");
const statement = Object.getPrototypeOf(memory.prepare("select 1"));
memory.close();
for (const name of ["run", "all", "get"]) before(statement, name);
before(require("pg").Client.prototype, "query");
before(http.ClientRequest.prototype, "end");

const emitOfClient = http.ClientRequest.prototype.emit;
http.ClientRequest.prototype.emit = function (event, ...args) {
  if (event === "response") step();
  return emitOfClient.call(this, event, ...args);
};

/** @param {number} step */
function killAt(step) {
  left = step;
  taken = 0;
  return () => {
    console.log(`steps: ${taken}`);
    left = -1;
  };
}
globalThis.killAt = killAt;

const emitOfServer = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, ...args) {
  const at = event === "request" ? args[0].headers["x-kill-at"] : undefined;
  if (at !== undefined) args[1].once("finish", killAt(Number(at)));
  return emitOfServer.call(this, event, ...args);
};
