--- What a project's scripts can name beside Lua's own functions.

local declare = require "declare"
local source = require "source"

return {
  source = source.source,
  metric = declare.metric,
  nsm = declare.nsm,
  kgi = declare.kgi,
  kpi = declare.kpi,
  guardrail = declare.guardrail,
}
