// DuckDB's side of scripts/bench: bench-duckdb.cjs DATABASE THREADS < [["name", "SQL"], …].
// Each statement runs in order; each row of a named one is printed as a line of JSON, with the name
// as its member "query". The module is installed in BENCH_NODE, outside of the source tree.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { DuckDBInstance } = createRequire(process.env.BENCH_NODE + "/")("@duckdb/node-api");

const [database, threads] = process.argv.slice(2);
const plain = (_key, value) => (typeof value === "bigint" ? Number(value) : value);
const statements = JSON.parse(readFileSync(0, "utf8"));

async function main() {
  const instance = await DuckDBInstance.create(database, { threads });
  const connection = await instance.connect();
  for (const [query, sql] of statements) {
    const result = await connection.runAndReadAll(sql);
    if (!query) continue;
    const lines = result.getRowObjects().map((row) => JSON.stringify({ query, ...row }, plain));
    if (lines.length > 0) console.log(lines.join("\n"));
  }
  connection.closeSync();
  instance.closeSync();
}

main().catch((error) => {
  console.error(String(error.message ?? error));
  process.exit(1);
});
