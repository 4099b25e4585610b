"""The programs that scripts/bench compares: each runs a workload as a fresh process, and its output
becomes {(metric, first day of the period[, segment]): value}.
"""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess

import bench_lib as lib
import bench_workloads as what

QUERIES = {**what.WORKLOADS, **what.WHOLE}

DUCKDB = {"week": "date_trunc('week', time)::DATE::VARCHAR", "day": "time::DATE::VARCHAR",
          "next_day": "(s.day::DATE + 1)::VARCHAR", "next_week": "(s.week::DATE + 7)::VARCHAR"}
DUCKDB_CSV = """read_csv('{csv}', header = true, columns = {{
  time: 'TIMESTAMP', user_id: 'VARCHAR', event: 'VARCHAR', channel: 'VARCHAR', plan: 'VARCHAR',
  country: 'VARCHAR', platform: 'VARCHAR', version: 'VARCHAR', session: 'VARCHAR',
  amount: 'DECIMAL(12,2)', duration: 'DOUBLE', text: 'VARCHAR'}})"""
SQLITE = {"week": "date(time, 'weekday 0', '-6 days')", "day": "date(time)",
          "next_day": "date(s.day, '+1 day')", "next_week": "date(s.week, '+7 days')"}
SQLITE_WORKLOADS = ["actives", "revenue", "nsm", "regular", "retention"]  # it has no percentiles
SQLITE_ROWS = 1_000_000  # beyond which it is not worth the wait

DUCKDB_NDJSON = (DUCKDB_CSV.replace("read_csv", "read_json")
                 .replace("header = true", "format = 'newline_delimited'"))


def words(names):
    return ", ".join(f'"{name}"' for name in names)


class Cynosure:
    name = "Cynosure"

    def __init__(self, args, folder, path, kind="csv"):
        script = what.SCRIPT.replace("CHANNELS", words(what.CHANNELS))
        script = script.replace("EVENTS", words(what.EVENTS))
        script = script.replace("PERCENTS", ", ".join(map(str, what.PERCENTS)))
        self.make(args, folder, what.CONFIG.format(kind=kind, path=path), script)

    def make(self, args, folder, config, script):
        self.binary, self.project = args.binary, args.work / folder
        (self.project / "metrics").mkdir(parents=True, exist_ok=True)
        (self.project / "cynosure.yaml").write_text(config, encoding="utf-8")
        (self.project / "metrics" / "bench.lua").write_text(script, encoding="utf-8")

    def prepare(self):
        self.forget()
        self.run("all", "own files")

    def forget(self):
        shutil.rmtree(self.project / ".cynosure", ignore_errors=True)

    def forget_results(self):
        """What an earlier run computed, but for the segments: "own files" is about scanning them."""
        with contextlib.closing(sqlite3.connect(self.project / ".cynosure" / "state.db")) as state:
            state.execute("DELETE FROM cells")
            state.commit()

    def run(self, workload, start):
        if start == "CSV":
            self.forget()
        if start == "own files" and (self.project / ".cynosure" / "state.db").exists():
            self.forget_results()
        metrics, options = what.ALL, []
        if workload != "all":
            metrics, grain, by, _ = QUERIES[workload]
            options = ["--grain", grain, *(["--by", by] if by else [])]
        return self.call("eval", *metrics, *options, *what.PERIODS)

    def call(self, *words):
        return lib.measure([self.binary, "-C", self.project, *words])

    @staticmethod
    def values(output):
        cells = {}
        for point in lib.rows_of(output):
            metric, _, segment = point["metric"].partition("__")
            segments = [segment] if segment else list((point["segment"] or {}).values())
            cells[metric, (point["start"] or "")[:10], *segments] = point["value"]
        return cells

    def can(self, _workload, _start):
        return True


class CynosureIds(Cynosure):
    """Texts that are all different, which are nobody's events."""

    def __init__(self, args, path):
        self.make(args, "ids", what.IDS_CONFIG.format(path=path), what.IDS_SCRIPT)

    def prepare(self):
        self.forget()
        self.run("ids", "own files")

    def run(self, _workload, start):
        if start == "own files" and (self.project / ".cynosure" / "state.db").exists():
            self.forget_results()
        return self.call("eval", "ids", "--grain", "all", "--format", "json")


class CynosureNdjson(Cynosure):
    def run(self, _workload, _start):
        self.forget()
        return self.call("load", "--json")

    @staticmethod
    def values(output):
        return {("rows", ""): source["rows"] for source in lib.rows_of(output)}


class CynosureAppend(Cynosure):
    """All eight, when a day more has come since the last run."""

    def __init__(self, args, csv):
        super().__init__(args, "append", "data/*.csv")
        self.data, self.day = self.project / "data", b""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        shutil.copyfile(csv, self.data / "events.csv")
        with open(self.data / "events.csv", "rb+") as file:
            self.header = file.readline()
            file.seek(-min(csv.stat().st_size // 100, csv.stat().st_size - len(self.header)), 2)
            file.readline()
            while (line := file.readline()) and not line.startswith(what.LAST_DAY):
                pass
            self.size = file.tell() - len(line)
            self.day = line + file.read()
            file.truncate(self.size)

    def prepare(self):
        pass

    def run(self, _workload, start):
        """Only the last of two runs counts: the first knows nothing of the day, and is not forgotten."""
        more = self.data / "more.csv"
        more.unlink(missing_ok=True)
        os.truncate(self.data / "events.csv", self.size)
        super().run("all", "own files")
        if start == "a new file":
            more.write_bytes(self.header + self.day)
        else:
            with open(self.data / "events.csv", "ab") as file:
                file.write(self.day)
        return super().run("all", start)


class DuckDB:
    def __init__(self, args, data, threads):
        self.name = f"DuckDB, {threads} thread{'s' if threads > 1 else ''}"
        self.env, self.threads = lib.node_env(args.work), threads
        self.csv = self.table_of(str(data).replace("'", "''"))
        self.database = args.work / f"{data.stem}.duckdb"

    @staticmethod
    def table_of(path):
        return DUCKDB_CSV.format(csv=path)

    def prepare(self):
        if not self.database.exists():
            self.call(self.database, [[None, f"CREATE TABLE events AS FROM {self.csv}"]])

    def call(self, database, statements):
        return lib.measure(lib.duckdb_command(database, self.threads), self.env,
                           json.dumps(statements))

    def run(self, workload, start):
        chosen = list(what.WORKLOADS) if workload == "all" else [workload]
        many = start == "CSV" and workload == "all"  # worth a table of its own
        setup = [[None, f"CREATE TEMP TABLE events AS FROM {self.csv}"]] if many else []
        table = self.csv if start == "CSV" and not many else "events"
        queries = [[name, QUERIES[name][3].format(events=table, **DUCKDB)] for name in chosen]
        return self.call(":memory:" if start == "CSV" else self.database, setup + queries)

    @staticmethod
    def values(output):
        return sql_values(output)

    def can(self, _workload, _start):
        return True


class DuckDBIds(DuckDB):
    @staticmethod
    def table_of(path):
        return f"read_csv('{path}', header = true, columns = {{id: 'VARCHAR'}})"

    def run(self, _workload, _start):
        return self.call(self.database, [
            ["ids", "SELECT '' AS period, count(DISTINCT id) AS ids FROM events"]])


class DuckDBNdjson(DuckDB):
    @staticmethod
    def table_of(path):
        return DUCKDB_NDJSON.format(csv=path)

    def prepare(self):
        pass

    def run(self, _workload, _start):
        return self.call(":memory:", [
            [None, f"CREATE TEMP TABLE events AS FROM {self.csv}"],
            ["rows", "SELECT '' AS period, count(*) AS rows FROM events"]])


class SQLite:
    name = "SQLite"

    def __init__(self, args, csv):
        self.csv, self.database = csv, args.work / f"{csv.stem}.sqlite"

    def prepare(self):
        if self.database.exists():
            return
        columns = [f"{name} {kind}" for name, kind in zip(
            self.csv.open(encoding="ascii").readline().strip().split(","),
            ["TEXT"] * 9 + ["REAL", "REAL", "TEXT"])]
        part = self.database.with_suffix(".part")
        part.unlink(missing_ok=True)
        subprocess.run(["sqlite3", part], check=True, text=True, input=(
            f"CREATE TABLE events ({', '.join(columns)});\n.mode csv\n"
            f".import --skip 1 \"{self.csv}\" events\n"))
        part.rename(self.database)

    def run(self, workload, _start):
        query = QUERIES[workload][3].format(events="events", **SQLITE)
        return lib.measure(["sqlite3", "-json", self.database], stdin=query + ";")

    @staticmethod
    def values(output):
        return sql_values("\n".join(json.dumps(row) for row in json.loads(output or "[]")))

    def can(self, workload, start):
        return start == "own files" and workload in SQLITE_WORKLOADS


def sql_values(output):
    cells = {}
    for row in lib.rows_of(output):
        place = [row.pop("period")] + ([row.pop("segment")] if "segment" in row else [])
        row.pop("query", None)
        for metric, value in row.items():
            cells[metric, *place] = value
    return cells
