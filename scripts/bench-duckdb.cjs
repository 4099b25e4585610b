// DuckDB's side of scripts/bench: bench-duckdb.cjs FILE.csv THREADS; one JSON line per week.
// The module is installed in BENCH_NODE, outside of the source tree.
const { createRequire } = require("node:module");
const { DuckDBInstance } = createRequire(process.env.BENCH_NODE + "/")("@duckdb/node-api");

const [file, threads] = process.argv.slice(2);
const sql = `
  SELECT strftime(date_trunc('week', time), '%G-W%V') AS period,
         count(*)::DOUBLE AS events,
         count(DISTINCT user_id)::DOUBLE AS users,
         (sum(amount) FILTER (event = 'purchase'))::DOUBLE AS revenue,
         avg(duration) AS duration_mean,
         quantile_cont(duration, 0.5) FILTER (event = 'lesson_done') AS lesson_p50,
         quantile_cont(duration, 0.95) FILTER (event = 'lesson_done') AS lesson_p95
  FROM read_csv('${file.replaceAll("'", "''")}', header = true, columns = {
    time: 'TIMESTAMP', user_id: 'VARCHAR', event: 'VARCHAR', channel: 'VARCHAR',
    amount: 'DECIMAL(12,2)', duration: 'DOUBLE'})
  GROUP BY 1 ORDER BY 1`;

async function main() {
  const instance = await DuckDBInstance.create(":memory:", { threads });
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(sql);
  for (const row of result.getRowObjects()) console.log(JSON.stringify(row));
}

main();
