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

---@alias Unit "day"|"week"|"month"|"quarter"|"year"

--- A value per period, not yet computed: an aggregate, a metric, or what operators make of them.
---@class Formula
---@operator add(Formula|number): Formula
---@operator sub(Formula|number): Formula
---@operator mul(Formula|number): Formula
---@operator div(Formula|number): Formula
---@operator pow(Formula|number): Formula
---@operator mod(Formula|number): Formula
---@operator unm: Formula
local Formula = {}

--- The value over the last units up to the end of the period: "28d", "4w", "3m", "12h", "90min".
---@param length string
---@return Formula
function Formula:rolling(length) end

--- The value from the start of the week, month, quarter or year to the end of the period.
---@param unit "week"|"month"|"quarter"|"year"
---@return Formula
function Formula:to_date(unit) end

--- The value over all time up to the end of the period.
---@return Formula
function Formula:cumulative() end

--- The value n periods later, or n units; earlier where n is negative.
---@param n integer
---@param unit? Unit
---@return Formula
function Formula:offset(n, unit) end

--- The mean, sum, min or max of the values in the last n periods, this one included.
---@param n integer
---@param func "mean"|"sum"|"min"|"max"
---@return Formula
function Formula:over(n, func) end

--- A set of rows: a source's, or a relation's. Never changes: each method gives a new one, or a
--- formula.
---@class Rows
local Rows = {}

--- The rows for which the condition holds. Several wheres must all hold.
---@generic T: Rows
---@param self T
---@param condition RowCondition
---@return T
function Rows.where(self, condition) end

--- The rows with further columns, each computed from the ones before.
---@generic T: Rows
---@param self T
---@param columns table<string, RowValue>
---@return T
function Rows.derive(self, columns) end

--- The number of rows.
---@return Formula
function Rows:count() end

--- The number of different values; missing ones do not count.
---@param value RowValue
---@param options? { approx?: boolean }
---@return Formula
function Rows:distinct(value, options) end

--- The sum; 0 over no rows.
---@param value RowValue
---@return Formula
function Rows:sum(value) end

--- The mean; missing over no values.
---@param value RowValue
---@return Formula
function Rows:mean(value) end

--- The least value.
---@param value RowValue
---@return Formula
function Rows:min(value) end

--- The greatest value.
---@param value RowValue
---@return Formula
function Rows:max(value) end

--- The variance of a sample (n − 1).
---@param value RowValue
---@return Formula
function Rows:variance(value) end

--- The standard deviation of a sample (n − 1).
---@param value RowValue
---@return Formula
function Rows:stddev(value) end

--- The value in the row with the earliest time.
---@param value RowValue
---@return Formula
function Rows:first(value) end

--- The value in the row with the latest time.
---@param value RowValue
---@return Formula
function Rows:last(value) end

--- The p-th percentile; `type` is one of Hyndman and Fan's nine definitions.
---@param p number 0 … 100
---@param value RowValue
---@param options? { type?: integer, approx?: boolean }
---@return Formula
function Rows:p(p, value, options) end

--- The share of rows where the value is true, among those where it is not missing.
---@param value RowValue
---@return Formula
function Rows:share(value) end

--- What functions of the script make of the rows, one after the other.
---@generic A
---@param functions AggregateFunctions<A>
---@return Formula
function Rows:aggregate(functions) end

---@class AggregateFunctions<A>
---@field init fun(): A a fresh accumulator
---@field step fun(acc: A, r: Row): A
---@field merge? fun(a: A, b: A): A joins accumulators, that of the earlier rows first
---@field final? fun(acc: A): number|boolean|nil the value; the accumulator itself unless given

--- One row for each entity and period, once an aggregate follows: columns "entity" and "value".
---@param entity RowValue
---@return Per
function Rows:per(entity) end

--- One row for each attempt of an entity: how far it came, and when.
---@param fields JourneyFields
---@return Journey
function Rows:journey(fields) end

--- Cohorts of entities by the period of their start. With `at` it is directly a formula.
---@param fields RetentionFields
---@return Retention
---@overload fun(self: Rows, fields: RetentionAtFields): Formula
function Rows:retention(fields) end

--- One row for each entity whose value at the end of the period is not zero.
---@param fields BalanceFields
---@return Balance
function Rows:balance(fields) end

--- One row for each entity with a value at either end of the period, and how it changed.
---@param fields BalanceFields
---@return Movement
function Rows:movement(fields) end

--- The rows of a source, as the project declares it.
---@class Source: Rows

--- Rows whose column "value" is meant where an aggregate names none.
---@class Values: Rows
local Values = {}

---@param value? RowValue
---@return Formula
function Values:sum(value) end

---@param value? RowValue
---@return Formula
function Values:mean(value) end

---@param value? RowValue
---@return Formula
function Values:min(value) end

---@param value? RowValue
---@return Formula
function Values:max(value) end

---@param value? RowValue
---@return Formula
function Values:variance(value) end

---@param value? RowValue
---@return Formula
function Values:stddev(value) end

---@param options? { approx?: boolean }
---@overload fun(self: Values, value: RowValue, options?: { approx?: boolean }): Formula
---@return Formula
function Values:distinct(options) end

---@param p number 0 … 100
---@param options? { type?: integer, approx?: boolean }
---@overload fun(self: Values, p: number, value: RowValue, options?: { type?: integer, approx?: boolean }): Formula
---@return Formula
function Values:p(p, options) end

--- Rows gathered by entity; an aggregate makes them the values of each.
---@class Per
local Per = {}

---@return Values
function Per:count() end

---@param value RowValue
---@return Values
function Per:distinct(value) end

---@param value RowValue
---@return Values
function Per:sum(value) end

---@param value RowValue
---@return Values
function Per:mean(value) end

---@param value RowValue
---@return Values
function Per:min(value) end

---@param value RowValue
---@return Values
function Per:max(value) end

---@param value RowValue
---@return Values
function Per:variance(value) end

---@param value RowValue
---@return Values
function Per:stddev(value) end

---@param value RowValue
---@return Values
function Per:first(value) end

---@param value RowValue
---@return Values
function Per:last(value) end

---@param value RowValue
---@return Values
function Per:share(value) end

---@param p number 0 … 100
---@param value RowValue
---@param options? { type?: integer }
---@return Values
function Per:p(p, value, options) end

--- What a journey is. A step is a condition, or one with a limit on the time since the step before.
---@class JourneyFields
---@field entity RowValue
---@field steps (RowCondition|{ when: RowCondition, within?: string })[]
---@field within? string from the first step to the last
---@field strict? boolean no other row of the entity between two steps
---@field any_order? boolean the steps after the first may come in any order
---@field attempts? "first"|"every"
---@field same? RowValue[] values that all steps share with the first

--- Attempts: columns entity, time, t1 … tn, reached, reached_1 … reached_n, immature, and the
--- dimensions of the first step.
---@class Journey: Rows
local Journey = {}

--- The number of attempts that reached the step.
---@param step integer
---@return Formula
function Journey:reach(step) end

--- The share of attempts that reached step `to` (the last), among those that reached `from` (the
--- first).
---@param to? integer
---@param from? integer
---@return Formula
function Journey:rate(to, from) end

--- The share of attempts lost on the way to the step, among those that reached the one before.
---@param step integer
---@return Formula
function Journey:drop_off(step) end

--- The seconds between two steps, the first and the last unless said, of attempts that reached both.
---@param from? integer
---@param to? integer
---@return Values
function Journey:time(from, to) end

---@class RetentionFields
---@field entity RowValue
---@field start RowCondition the first row for which it holds begins the entity's cohort
---@field active? RowCondition what counts as being back; any row unless said
---@field mode? "bounded"|"unbounded"|"within"
---@field value? RowValue retention of this value's sum, not of entities

---@class RetentionAtFields: RetentionFields
---@field at string "1d", "2w", "3m"

--- A retention whose offset is still open.
---@class Retention
local Retention = {}

--- The rate at this offset: "1d", "2w", "3m".
---@param offset string
---@return Formula
function Retention:at(offset) end

--- The rows at this offset: one for each entity that started.
---@param offset string
---@return Cohort
function Retention:cohort(offset) end

--- Entities that started: columns entity, time, retained, immature, with a value also value and
--- base, and the dimensions of the start.
---@class Cohort: Rows
local Cohort = {}

--- The share that is retained; with a value, what it was then as a share of what it was.
---@return Formula
function Cohort:rate() end

--- Intervals of validity, or, without from and to, snapshots.
---@class BalanceFields
---@field entity RowValue
---@field value RowValue
---@field from? RowValue from here on, included
---@field to? RowValue up to here, not included; missing: open

--- Columns entity and value.
---@class Balance: Values
local Balance = {}

--- The sum over all entities.
---@return Formula
function Balance:total() end

--- Columns entity, opening, new, expansion, contraction, churn, reactivation and closing.
---@class Movement: Rows
local Movement = {}

--- What was in force at the start of the period.
---@return Formula
function Movement:opening() end

--- What came with entities that had nothing before.
---@return Formula
function Movement:new() end

--- What entities had more at the end than at the start.
---@return Formula
function Movement:expansion() end

--- What they had less, without being lost.
---@return Formula
function Movement:contraction() end

--- What was lost with entities that have nothing any more.
---@return Formula
function Movement:churn() end

--- What came with entities that had been lost before.
---@return Formula
function Movement:reactivation() end

--- What is in force at the end of the period.
---@return Formula
function Movement:closing() end

--- The number of entities that have such a part.
---@param part "opening"|"new"|"expansion"|"contraction"|"churn"|"reactivation"|"closing"
---@return Formula
function Movement:entities(part) end

--- Net revenue retention: (opening + expansion − contraction − churn) ÷ opening.
---@return Formula
function Movement:nrr() end

--- Gross revenue retention: (opening − contraction − churn) ÷ opening.
---@return Formula
function Movement:grr() end

--- The share of entities that were lost.
---@return Formula
function Movement:logo_churn() end

--- (new + expansion + reactivation) ÷ (contraction + churn).
---@return Formula
function Movement:quick_ratio() end

--- The value of a module, read-only: "money.tax" is lib/money/tax.lua, "growth" packs/growth/init.lua.
---@param name string
---@return any
function require(name) end

--- The source that the project declares under this name.
---@param name string
---@return Source
function source(name) end

---@alias Bound number|{ [1]: number, [2]: number }

--- What a declaration may say. All but the value may stand in kpis.yaml instead.
---@class GetOptions
---@field offset? integer periods later; earlier when negative
---@field previous? boolean the period before: offset = -1
---@field last_year? boolean the same period of last year
---@field segment? table<string, string|number|boolean> instead of the point's; {} is everything

--- A period in a segment, for which a function computes a metric's value.
---@class Point
---@field period string its label: "2026-W43"
---@field grain string
---@field start number? seconds since 1970
---@field stop number?
---@field partial boolean whether the period has not ended
---@field segment table<string, string|number|boolean>? values of the dimensions asked for
local Point = {}

--- The value of another metric; nil where it is missing.
---@param name string
---@param options? GetOptions
---@return number?
function Point:get(name, options) end

--- The values of the last n periods, this one last; n is their number, for some may be nil.
---@param name string
---@param n integer
---@param options? { segment?: table<string, string|number|boolean> }
---@return { n: integer, [integer]: number? }
function Point:series(name, n, options) end

---@alias Waypoint { at: string, value: number }

--- The parts of a change by metric, from the values of the metrics before and after, and from those
--- of their whole.
---@alias Decomposition fun(before: table<string, number>, after: table<string, number>, total: { before: number, after: number }): table<string, number>

---@class MetricFields
---@field value Formula|number|fun(at: Point): number|boolean|nil
---@field title? string|{ en?: string, ja?: string }
---@field unit? string
---@field why? string
---@field owner? string
---@field layer? "leading"|"coincident"|"lagging"
---@field lens? "breadth"|"depth"|"frequency"|"efficiency"
---@field direction? "up"|"down"|"range"
---@field grain? string
---@field target? number|{ from?: number, to: number, since?: string, by?: string, path?: Waypoint[] }
---@field thresholds? { green?: Bound, yellow?: Bound, hysteresis?: number }
---@field market? number
---@field review? string
---@field identity? string|Formula what the metric must equal: "users * cvr * price"
---@field decompose? "additive"|"lmdi"|"shapley"|"movement"|Decomposition
---@field drivers? table<string, "up"|"down"|"range">

--- Mathematical functions of formulas.
formula = {}

--- The smallest of two or more.
---@param a Formula|number
---@param b Formula|number
---@param ... Formula|number
---@return Formula
function formula.min(a, b, ...) end

--- The largest of two or more.
---@param a Formula|number
---@param b Formula|number
---@param ... Formula|number
---@return Formula
function formula.max(a, b, ...) end

--- Without its sign.
---@param a Formula|number
---@return Formula
function formula.abs(a) end

--- The square root; missing of negative values.
---@param a Formula|number
---@return Formula
function formula.sqrt(a) end

--- e to the power of the value; missing where that is too large.
---@param a Formula|number
---@return Formula
function formula.exp(a) end

--- The natural logarithm; missing unless the value is positive.
---@param a Formula|number
---@return Formula
function formula.log(a) end

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

--- How far back: a number of periods, or a text such as "28d", "1w", "3m", "1y".
---@alias Reach integer|string

--- One segment of a metric, as a condition sees it; nil where a value is missing. In a condition in
--- a text all of it is named directly: `value < target and change '1w' < -0.05`.
---@class Series
---@field value number? of the period that is judged
---@field previous number? of the period before it
---@field last_year number? of the same period a year ago
---@field numerator number? of a ratio, mean or share
---@field denominator number? likewise
---@field rows number? how many rows it is made of
---@field target number? the sheet's, for the period
---@field market number? the sheet's figure
---@field status "green"|"yellow"|"red"|nil
---@field days_to_target number? from the evaluation to the day of the target; negative after it
---@field partial boolean whether the period is still running
---@field age number? seconds from the newest row to the evaluation
---@field [string] any dimensions and parameters of the rule
local Series = {}

--- The relative change since that long ago: -0.05 is 5 % less; () is the period before.
---@param reach? Reach
---@return number?
function Series:change(reach) end

--- The absolute change.
---@param reach? Reach
---@return number?
function Series:delta(reach) end

--- The mean of the last values, the judged one included.
---@param reach Reach
---@return number?
function Series:mean(reach) end

--- Their sum.
---@param reach Reach
---@return number?
function Series:sum(reach) end

--- The smallest of them.
---@param reach Reach
---@return number?
function Series:min(reach) end

--- The largest of them.
---@param reach Reach
---@return number?
function Series:max(reach) end

--- A percentile of them.
---@param percentile number
---@param reach Reach
---@return number?
function Series:p(percentile, reach) end

--- Their standard deviation.
---@param reach Reach
---@return number?
function Series:stddev(reach) end

--- How many standard deviations the value is from the mean of those before it.
---@param reach? Reach
---@return number?
function Series:zscore(reach) end

--- The same with medians, which single odd values do not move.
---@param reach? Reach
---@return number?
function Series:mad(reach) end

--- Against the same place of earlier seasons, such as the same weekday.
---@param reach? Reach
---@param seasons? integer
---@return number?
function Series:season(reach, seasons) end

--- How far the exponentially weighted mean has left its baseline, in standard errors.
---@param reach? Reach
---@param smoothing? number
---@return number?
function Series:ewma(reach, smoothing) end

--- How much small deviations to one side have added up to.
---@param reach? Reach
---@return number?
function Series:cusum(reach) end

--- How certain a change of level among those values is; signed.
---@param reach? Reach
---@return number?
function Series:change_point(reach) end

--- What the values before it let one expect.
---@param reach? Reach
---@return number?
function Series:forecast(reach) end

--- Below this the value is not expected to be.
---@param reach? Reach
---@param percent? number
---@return number?
function Series:band_low(reach, percent) end

--- Above this the value is not expected to be.
---@param reach? Reach
---@param percent? number
---@return number?
function Series:band_high(reach, percent) end

--- A condition of a rule: a Lua expression over readings, dimensions and parameters, or a function
--- of the series. It holds where it gives neither nil nor false.
---@alias Condition string|fun(s: Series): any

---@alias Words string|{ en?: string, ja?: string }

---@class AlertFields
---@field metric string
---@field by? string|string[] an alert for each segment of these dimensions
---@field grain? string the metric's, unless said
---@field partial? boolean judges the running period
---@field every? string how often it is evaluated; each period, and at least daily, unless said
---@field at? string how long after the beginning of that interval
---@field when? Condition
---@field severity? "info"|"warning"|"critical"|table<"info"|"warning"|"critical", Condition>
---@field clear? Condition an incident goes on until this holds
---@field hold? string true for this long before it fires
---@field keep? string keeps firing this long after it stops being true
---@field no_data? "keep"|"ok"|"fire"
---@field on_error? "keep"|"ok"|"fire"
---@field hold_through_gaps? boolean evaluations that were missed count towards hold
---@field gone_after? integer evaluations without its segment that an incident survives
---@field flapping? false|{ damp?: integer, calm?: integer }
---@field depends? string|string[] alerts: while one of them fires, this one is frozen
---@field calendar? string of cynosure.yaml: it is evaluated only then
---@field labels? table<string, string>
---@field params? table<string, number> what conditions can name, and a backtest change
---@field notify? string|string[] channels of cynosure.yaml
---@field remind? string tells it again after so long
---@field title? Words
---@field summary? Words
---@field description? Words
---@field runbook? string
---@field owner? string

--- Declares an alert rule: what is watched, when it is bad, who is told.
---@param name string
---@return fun(fields: AlertFields)
function alert(name) end

--- What a test expects of an alert (`alert`, `at`) or of a metric (`metric`, `period`). All other
--- names are labels of the segment.
---@class Expectation
---@field at? string a time: the newest evaluation that is not after it
---@field period? string the label of a period, which says its grain
---@field alert? string
---@field metric? string
---@field state? "inactive"|"pending"|"firing"|"recovering"|"resolved"
---@field severity? "info"|"warning"|"critical"
---@field status? "green"|"yellow"|"red"|"none"
---@field health? "ok"|"no data"|"error"
---@field message? string the last one's summary; … stands for any text
---@field value? number|"missing"
---@field within? number by how much the value may differ
---@field count? integer so many alerts with these labels are in the state
---@field [string] any

--- Values of a metric: of the whole, or for each segment { channel = "ads", "0.3x13 0.2x5" }.
---@class GivenSeries
---@field from? string the first period
---@field grain? string the metric's, unless said
---@field [integer] string|table

---@class TestFields
---@field series? table<string, GivenSeries|string> by metric
---@field rows? table<string, string> CSV with a header, by source
---@field expect Expectation[]
---@field from? string when the clock of the rules starts
---@field to? string until when it runs, at least
---@field now? string when metrics are evaluated

--- Declares a test: what rules and metrics make of given values, or rows.
---@param name string
---@return fun(fields: TestFields)
function test(name) end

--- A time: a timestamp (seconds since 1970, a float), a date (day number, an integer), or a text.
---@alias Time number|integer|string

--- Whether the value equals one of the list's, as == compares. nil is in no list.
---@param value any
---@param list any[]
---@return boolean
function one_of(value, list) end

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
