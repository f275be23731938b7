// What all clients of @platformatic/kafka here are made with, and the names of their errors.
import { readFileSync } from "node:fs";
import { isName } from "./contract/errors.mjs";
import { unsupported } from "./contract/refusal.mjs";

const REQUEST_TIMEOUT_MS = 10000;

const about = readFileSync(new URL("node_modules/@platformatic/kafka/package.json", import.meta.url));
export const VERSION = JSON.parse(about).version;

export const CODECS = { none: "none", gzip: "gzip", snappy: "snappy", lz4: "lz4", zstd: "zstd" };

function tls({ ca, certificate, key }) {
  const read = (path) => (path ? readFileSync(path) : undefined);
  return { ca: read(ca), cert: read(certificate), key: read(key) };
}

function sasl({ mechanism, username, password, token }) {
  if (!["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"].includes(mechanism)) {
    throw unsupported(`mechanism ${mechanism}`);
  }
  return mechanism === "OAUTHBEARER" ? { mechanism, token } : { mechanism, username, password };
}

/** The options that all clients share. */
export function shared({ brokers, clientId, security }) {
  const protocol = security.protocol ?? "PLAINTEXT";
  const options = { clientId, bootstrapBrokers: brokers, timeout: REQUEST_TIMEOUT_MS };
  if (protocol.endsWith("SSL")) options.tls = tls(security);
  if (protocol.startsWith("SASL")) options.sasl = sasl(security);
  return options;
}

// What went wrong without an answer from the server, by the codes of the client's own errors.
const OTHERWISE = {
  PLT_KFK_AUTHENTICATION: "SASL_AUTHENTICATION_FAILED",
  PLT_KFK_NETWORK: "DISCONNECTED",
  PLT_KFK_TIMEOUT: "TIMED_OUT",
  PLT_KFK_UNSUPPORTED: "UNSUPPORTED",
  PLT_KFK_UNSUPPORTED_API: "UNSUPPORTED",
  PLT_KFK_UNSUPPORTED_COMPRESSION: "UNSUPPORTED",
  PLT_KFK_USER: "INVALID_ARGUMENT",
};

/** An error and those that it stands for, outermost first. */
function* chain(error) {
  if (!error) return;
  yield error;
  for (const inner of error.errors ?? []) yield* chain(inner);
  yield* chain(error.cause);
}

/** The contract's name for an error: that of the server's error in it, if there is one. */
export function named(error) {
  const errors = [...chain(error)];
  // What is said of single records has no code of its own, and is told before the partition's error.
  const server = errors.filter(({ apiId }) => isName(apiId));
  const told = server.find(({ apiId }) => apiId !== "UNKNOWN_SERVER_ERROR") ?? server[0];
  if (told) return told.apiId;
  if (errors.some(({ apiId }) => apiId === "UNKNOWN")) return "UNKNOWN_SERVER_ERROR";
  if (errors.some(({ message }) => /^Unknown topic /.test(message))) return "UNKNOWN_TOPIC_OR_PARTITION";
  if (errors.some(({ message }) => /has no committed offset/.test(message))) return "NO_OFFSET";
  if (errors.some(({ constructor }) => constructor.name === "TimeoutError")) return "TIMED_OUT";
  const known = errors.findLast(({ code }) => code in OTHERWISE);
  return known ? OTHERWISE[known.code] : null;
}
