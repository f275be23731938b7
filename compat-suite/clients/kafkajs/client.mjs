// kafkajs as its users set it up. It compresses with gzip itself; the other codecs are plugged in.
import { readFileSync } from "node:fs";
import kafkajs from "kafkajs";
import snappy from "kafkajs-snappy";
import lz4 from "lz4-napi";
import zstdCodec from "zstd-codec";
import { nameOf, isName } from "./contract/errors.mjs";
import { unsupported } from "./contract/refusal.mjs";

const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = kafkajs;

export const VERSION = JSON.parse(readFileSync(new URL("node_modules/kafkajs/package.json", import.meta.url))).version;

export const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

export function plugCodecsIn() {
  CompressionCodecs[CompressionTypes.Snappy] = snappy;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: (encoder) => lz4.compressFrame(encoder.buffer),
    decompress: (buffer) => lz4.decompressFrame(buffer),
  });
  const zstd = new Promise((resolve) => zstdCodec.ZstdCodec.run((engine) => resolve(new engine.Simple())));
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async (encoder) => Buffer.from((await zstd).compress(encoder.buffer)),
    decompress: async (buffer) => Buffer.from((await zstd).decompress(buffer)),
  });
}

function tls({ ca, certificate, key }) {
  const read = (path) => (path ? readFileSync(path) : undefined);
  return { ca: ca ? [read(ca)] : undefined, cert: read(certificate), key: read(key) };
}

function sasl({ mechanism, username, password, token }) {
  const name = mechanism.toLowerCase();
  if (name === "oauthbearer") return { mechanism: name, oauthBearerProvider: async () => ({ value: token }) };
  if (!["plain", "scram-sha-256", "scram-sha-512"].includes(name)) throw unsupported(`mechanism ${mechanism}`);
  return { mechanism: name, username, password };
}

export function client({ brokers, clientId, security, retry }) {
  const protocol = security.protocol ?? "PLAINTEXT";
  return new Kafka({
    brokers,
    clientId,
    retry,
    logLevel: logLevel.ERROR,
    ssl: protocol.endsWith("SSL") ? tls(security) : undefined,
    sasl: protocol.startsWith("SASL") ? sasl(security) : undefined,
  });
}

// What went wrong without an answer from the server, by kafkajs's own error names.
const OTHERWISE = {
  KafkaJSRequestTimeoutError: "TIMED_OUT",
  KafkaJSTimeout: "TIMED_OUT",
  KafkaJSLockTimeout: "TIMED_OUT",
  KafkaJSConnectionError: "DISCONNECTED",
  KafkaJSConnectionClosedError: "DISCONNECTED",
  KafkaJSSASLAuthenticationError: "SASL_AUTHENTICATION_FAILED",
  KafkaJSServerDoesNotSupportApiKey: "UNSUPPORTED",
  KafkaJSNotImplemented: "UNSUPPORTED",
};

/** The contract's name for an error of kafkajs: that of the code it stands for, however deep that is wrapped. */
export function named(error) {
  for (let each = error; each; each = each.cause ?? each.originalError) {
    if (typeof each.code === "number" && nameOf(each.code)) return nameOf(each.code);
    if (isName(each.type)) return each.type;
    if (OTHERWISE[each.name]) return OTHERWISE[each.name];
    const inner = each.errors?.[0] ?? each.partitions?.[0]?.error ?? each.groups?.[0]?.error;
    if (inner) return named(inner);
  }
  // It checks arguments before it sends anything, and has no error class for that; nor does it check all types.
  return ["KafkaJSNonRetriableError", "TypeError"].includes(error.name) ? "INVALID_ARGUMENT" : null;
}
