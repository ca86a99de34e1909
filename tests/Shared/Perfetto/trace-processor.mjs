// Has Perfetto's trace processor read traces and answer queries about each of them:
//   node trace-processor.mjs <folder of the processor> <folder of traces> <query>...
// Prints a line for each trace, in the order of their names: an array with the rows of each query, as objects.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

const [processor, traces, ...queries] = process.argv.slice(2);

// It is written for a browser's worker, which loads it from where its page came from.
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = function () {};
globalThis.location = { href: pathToFileURL(processor).href + "/" };
const wasm = readFileSync(join(processor, "trace_processor.wasm"));
globalThis.XMLHttpRequest = class {
  response = wasm;
  open() {}
  send() {}
};

// The other one is not there.
const glue = readFileSync(join(processor, "engine_bundle.node.js"), "utf8");
vm.runInThisContext(glue.replace("= hasMemory64Support()", "= false"));

const { EngineBase } = await import(pathToFileURL(join(processor, "engine.mjs")).href);
const { port1, port2 } = new MessageChannel();
globalThis.onmessage({ data: port1 });

class Engine extends EngineBase {
  mode = "WASM";
  id = "test";

  constructor() {
    super();
    port2.onmessage = message => this.onRpcResponseBytes(message.data);
  }

  rpcSendRequestBytes(data) {
    port2.postMessage(data);
  }
}

const engine = new Engine();
for (const name of readdirSync(traces).sort()) {
  engine.resetTraceProcessor({
    cropTrackEvents: false,
    ingestFtraceInRawTable: false,
    analyzeTraceProtoContent: false,
    ftraceDropUntilAllCpusValid: false,
  });
  await engine.parse(new Uint8Array(readFileSync(join(traces, name))));
  await engine.notifyEof();
  const answers = [];
  for (const query of queries) {
    const result = await engine.query(query);
    const rows = [];
    for (const row = result.iter({}); row.valid(); row.next()) {
      rows.push(Object.fromEntries(result.columns().map(column => [column, row.get(column)])));
    }

    answers.push(rows);
  }

  process.stdout.write("\n@" + JSON.stringify(answers, (_, value) => (typeof value === "bigint" ? Number(value) : value)) + "\n");
}

process.exit(0);
