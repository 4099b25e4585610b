--- What a project's scripts can name beside Lua's own functions.

local alert = require "alert"
local declare = require "declare"
local formula = require "formula"
local modules = require "_modules"
local source = require "source"
local testing = require "testing"

-- Each adds its methods: to sets of rows, or to formulas.
require "per"
require "aggregate"
require "journey"
require "retention"
require "balance"
require "window"

return {
  require = modules.require,
  source = source.source,
  formula = formula.formula,
  metric = declare.metric,
  nsm = declare.nsm,
  kgi = declare.kgi,
  kpi = declare.kpi,
  guardrail = declare.guardrail,
  alert = alert.alert,
  test = testing.test,
}
