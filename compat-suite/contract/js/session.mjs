// A session: requests come as JSON lines, and each is answered with one line, in order.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { errorItem, unsupported } from "./refusal.mjs";

const CLOSING_LIMIT_MS = 15000;

/** The address and the security that the session was started with. */
export function startedWith(argv) {
  const names = ["bootstrap", "security", "client-id"];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
  const { values } = parseArgs({ args: argv, options, allowPositionals: true });
  const security = JSON.parse(values.security ?? "{}");
  return { brokers: values.bootstrap.split(","), security, clientId: values["client-id"] ?? "compat-suite" };
}

/** The verbs of one driver: `verbs` and `admin` by name, `named` from a client's error to a name, `close`. */
async function answer(driver, request) {
  const { do: verb, call } = request;
  const known = verb === "admin" ? driver.admin : driver.verbs;
  const name = verb === "admin" ? call : verb;
  try {
    if (!Object.hasOwn(known, name)) throw unsupported(`${name}`);
    return (await known[name](request)) ?? {};
  } catch (error) {
    console.error(error);
    return errorItem(error, driver.named);
  }
}

// Clients count in BigInt where they follow Kafka's int64; JSON has numbers.
const plain = (_, value) => (typeof value === "bigint" ? Number(value) : value);

/** Serve requests until standard input ends; then close everything and end the program. */
export async function serve(driver) {
  console.log = console.info = console.warn = console.debug = console.error;
  process.on("unhandledRejection", (error) => console.error("unhandled", error));
  process.on("uncaughtException", (error) => console.error("uncaught", error));
  const write = process.stdout.write.bind(process.stdout);
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const request = JSON.parse(line);
    write(JSON.stringify({ id: request.id, ...(await answer(driver, request)) }, plain) + "\n");
  }
  // What does not close in time must not keep the program alive.
  setTimeout(() => process.exit(0), CLOSING_LIMIT_MS);
  await driver.close().catch((error) => console.error(error));
  process.exit(0);
}
