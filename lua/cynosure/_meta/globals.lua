---@meta
-- What a project's scripts can name, for editors with the Lua language server: add the folder that
-- holds this file to "workspace.library" in .luarc.json.

--- One row of a source: its columns by name. `r.amount`, `r.payload.size`, `r["two words"]`.
---@class Row
---@field [string] any

--- A value computed from each row: a Lua expression over column names, or a function of the row.
---@alias RowValue string|fun(r: Row): (string|number|boolean|nil)

--- A condition on each row: a value that is true or false, or a table of equalities.
---@alias RowCondition RowValue|table<string, string|number|boolean>

--- A value per period, not yet computed: an aggregate, a metric, or what operators make of them.
---@class Formula
---@operator add(Formula|number): Formula
---@operator sub(Formula|number): Formula
---@operator mul(Formula|number): Formula
---@operator div(Formula|number): Formula
---@operator pow(Formula|number): Formula
---@operator mod(Formula|number): Formula
---@operator unm: Formula

--- A set of rows. Never changes: each method gives a new one, or a formula.
---@class Source
local Source = {}

--- The rows for which the condition holds. Several wheres must all hold.
---@param condition RowCondition
---@return Source
function Source:where(condition) end

--- The rows with further columns, each computed from the ones before.
---@param columns table<string, RowValue>
---@return Source
function Source:derive(columns) end

--- The number of rows.
---@return Formula
function Source:count() end

--- The number of different values; missing ones do not count.
---@param value RowValue
---@return Formula
function Source:distinct(value) end

--- The sum; 0 over no rows.
---@param value RowValue
---@return Formula
function Source:sum(value) end

--- The mean; missing over no values.
---@param value RowValue
---@return Formula
function Source:mean(value) end

--- The least value.
---@param value RowValue
---@return Formula
function Source:min(value) end

--- The greatest value.
---@param value RowValue
---@return Formula
function Source:max(value) end

--- The p-th percentile, exact; `type` is one of Hyndman and Fan's nine definitions.
---@param p number 0 … 100
---@param value RowValue
---@param options? { type?: integer }
---@return Formula
function Source:p(p, value, options) end

--- The share of rows where the value is true, among those where it is not missing.
---@param value RowValue
---@return Formula
function Source:share(value) end

--- The source that the project declares under this name.
---@param name string
---@return Source
function source(name) end

---@alias Bound number|{ [1]: number, [2]: number }

--- What a declaration may say. All but the value may stand in kpis.yaml instead.
---@class MetricFields
---@field value Formula|number
---@field title? string|{ en?: string, ja?: string }
---@field unit? string
---@field why? string
---@field owner? string
---@field layer? "leading"|"coincident"|"lagging"
---@field lens? "breadth"|"depth"|"frequency"|"efficiency"
---@field direction? "up"|"down"|"range"
---@field grain? string
---@field target? number|{ from?: number, to: number, by?: string }
---@field thresholds? { green?: Bound, yellow?: Bound }
---@field market? number
---@field review? string
---@field identity? string
---@field drivers? table<string, "up"|"down"|"range">

--- `metric "name" { … }` declares a metric; `metric.name` is its value in other formulas.
---@class Metrics
---@field [string] Formula
---@overload fun(name: string): fun(fields: MetricFields): Formula
metric = {}

--- Declares the metric that says best whether the product serves its users.
---@param name string
---@return fun(fields: MetricFields): Formula
function nsm(name) end

--- Declares a metric that is the goal.
---@param name string
---@return fun(fields: MetricFields): Formula
function kgi(name) end

--- Declares a metric on the way to the goal.
---@param name string
---@return fun(fields: MetricFields): Formula
function kpi(name) end

--- Declares a metric that must not suffer.
---@param name string
---@return fun(fields: MetricFields): Formula
function guardrail(name) end

--- A time: a timestamp (seconds since 1970, a float), a date (day number, an integer), or a text.
---@alias Time number|integer|string

--- Year, in the project's time zone.
---@param t Time?
---@return integer?
function year(t) end

--- Month, 1 … 12.
---@param t Time?
---@return integer?
function month(t) end

--- Day of the month.
---@param t Time?
---@return integer?
function day(t) end

--- ISO week, 1 … 53.
---@param t Time?
---@return integer?
function week(t) end

--- ISO weekday: Monday 1 … Sunday 7.
---@param t Time?
---@return integer?
function weekday(t) end

--- Hour of a timestamp, 0 … 23.
---@param t Time?
---@return integer?
function hour(t) end

--- Minute of a timestamp.
---@param t Time?
---@return integer?
function minute(t) end

--- Second of a timestamp.
---@param t Time?
---@return integer?
function second(t) end

--- Day number of the date, to compare with columns of dates: `d >= date "2026-01-01"`.
---@param t Time?
---@return integer?
function date(t) end

--- Seconds since 1970, to compare with timestamps: `ts >= time "2026-01-01T09:00"`.
---@param t Time?
---@return number?
function time(t) end

--- The functions above, for expressions over columns that have one of their names.
calendar = { year = year, month = month, day = day, week = week, weekday = weekday, hour = hour,
  minute = minute, second = second, date = date, time = time }
