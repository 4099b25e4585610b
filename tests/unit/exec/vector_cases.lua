-- What Lua itself gives for each operation of a translation: writes vector_cases.txt, which
-- test_vector.c reads.
--
--   lua5.4 tests/unit/exec/vector_cases.lua > tests/unit/exec/vector_cases.txt
--
-- Lines: "list NAME value…", and "op a… NAME : result…", one result for each value of that list as
-- the last argument. Values: n (nil), t, f, i and digits, r and a hexadecimal float, s and
-- hexadecimal bytes. A result "!" is an error in Lua; after "?" the step may also be an escape,
-- because an argument is of a kind that the operation leaves to Lua.

-- E-5: arithmetic with nil gives nil, an ordering comparison with it is false.
local nothing, never = function() return nil end, function() return false end
local of_nil = { __lt = never, __le = never }
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "unm", "band", "bor",
  "bxor", "shl", "shr", "bnot", "concat", "len" } do
  of_nil["__" .. event] = nothing
end
debug.setmetatable(nil, of_nil)

local min, max, inf = math.mininteger, math.maxinteger, math.huge
local lists = {
  all = { n = 25, nil, false, true, 0, 1, -1, 3, -7, 64, max, min, 0.0, -0.0, 0.5, -2.5, 3.0,
    2.0^53, 2.0^63, -2.0^63, inf, -inf, 0/0, "", "a", "Zebra 10" },
  few = { n = 7, nil, false, 7, 2.5, "", "ads", "Ünï" },
  texts = { n = 7, "", "a", "Abcabc", "abc", "ÄÖü", "日本語", "x\0y" },
  places = { n = 14, 0, 1, 2, 3, 4, 6, 7, -1, -2, -6, -7, -8, max, min },
  more = { n = 10, 2, 63, -63, 65, -64, max - 1, 1e15, 123456.789, 5e-324, -1e308 },
}
local order = { "all", "few", "texts", "places", "more" }

local function write(v)
  local kind = math.type(v) or type(v)
  if kind == "nil" then return "n" end
  if kind == "boolean" then return v and "t" or "f" end
  if kind == "integer" then return "i" .. v end
  if kind == "float" then return v ~= v and "rnan" or ("r%a"):format(v) end
  return "s" .. v:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
end

local function number(v) return type(v) == "number" or v == nil end
local function is_number(v) return type(v) == "number" end
local function text(v) return type(v) == "string" end
local function any() return true end
local function joins(v) return (number(v) and v == v) or text(v) end
local function printable(v) return v == v end
local function plain_number(v) return not text(v) or not v:find "%d" end

local ops = {
  { "not", 1, any, function(a) return not a end },
  { "add", 2, number, function(a, b) return a + b end },
  { "sub", 2, number, function(a, b) return a - b end },
  { "mul", 2, number, function(a, b) return a * b end },
  { "div", 2, number, function(a, b) return a / b end },
  { "mod", 2, number, function(a, b) return a % b end },
  { "pow", 2, number, function(a, b) return a ^ b end },
  { "idiv", 2, number, function(a, b) return a // b end },
  { "unm", 1, number, function(a) return -a end },
  { "band", 2, number, function(a, b) return a & b end },
  { "bor", 2, number, function(a, b) return a | b end },
  { "bxor", 2, number, function(a, b) return a ~ b end },
  { "shl", 2, number, function(a, b) return a << b end },
  { "shr", 2, number, function(a, b) return a >> b end },
  { "bnot", 1, number, function(a) return ~a end },
  { "equals", 2, any, function(a, b) return a == b end },
  { "less", 2, any, function(a, b) return a < b end },
  { "less_equal", 2, any, function(a, b) return a <= b end },
  { "concat", 2, joins, function(a, b) return a .. b end },
  { "len", 1, function(v) return text(v) or v == nil end, function(a) return #a end },
  { "lower", 1, text, string.lower },
  { "upper", 1, text, string.upper },
  { "starts", 2, text, function(a, b) return a:sub(1, #b) == b end },
  { "ends", 2, text, function(a, b) return #b <= #a and a:sub(#a - #b + 1) == b end },
  { "tostring", 1, printable, tostring },
  { "tonumber", 1, plain_number, tonumber },
  { "type", 1, any, type },
  { "floor", 1, function(v) return is_number(v) and math.type(math.floor(v)) == "integer" end,
    math.floor },
  { "ceil", 1, function(v) return is_number(v) and math.type(math.ceil(v)) == "integer" end,
    math.ceil },
  { "abs", 1, is_number, math.abs },
  { "max", 2, is_number, math.max },
  { "min", 2, is_number, math.min },
  { "sqrt", 1, is_number, math.sqrt },
  { "exp", 1, is_number, math.exp },
  { "log", 1, is_number, function(a) return math.log(a) end },
  { "log", 2, is_number, math.log },
  { "sin", 1, is_number, math.sin },
  { "cos", 1, is_number, math.cos },
  { "tan", 1, is_number, math.tan },
  { "asin", 1, is_number, math.asin },
  { "acos", 1, is_number, math.acos },
  { "atan", 1, is_number, function(a) return math.atan(a) end },
  { "atan", 2, is_number, math.atan },
  { "fmod", 2, is_number, math.fmod },
  { "tointeger", 1, function(v) return not text(v) end, math.tointeger },
  { "math_type", 1, function(v) return v ~= nil end, math.type },
}

local function result(op, ...)
  local ok, value = pcall(op[4], ...)
  if not ok then return "!" end
  local taken = true
  for i = 1, select("#", ...) do
    taken = taken and op[3]((select(i, ...)))
  end
  return (taken and "" or "?") .. write(value)
end

for _, name in ipairs(order) do
  local list = lists[name]
  local words = {}
  for i = 1, list.n do words[i] = write(list[i]) end
  print("list " .. name .. " " .. table.concat(words, " "))
end

local function lines(op, name, fixed, list_name)
  local list, results = lists[list_name], {}
  for i = 1, list.n do
    local args = table.pack(table.unpack(fixed, 1, fixed.n))
    args[args.n + 1] = list[i]
    results[i] = result(op, table.unpack(args, 1, args.n + 1))
  end
  local words = { name }
  for i = 1, fixed.n do words[#words + 1] = write(fixed[i]) end
  print(table.concat(words, " ") .. " " .. list_name .. " : " .. table.concat(results, " "))
end

for _, op in ipairs(ops) do
  if op[2] == 1 then
    lines(op, op[1], { n = 0 }, "all")
    lines(op, op[1], { n = 0 }, "texts")
    lines(op, op[1], { n = 0 }, "more")
  else
    for i = 1, lists.all.n do
      lines(op, op[1], { n = 1, lists.all[i] }, "all")
      if op[3] ~= text then lines(op, op[1], { n = 1, lists.all[i] }, "more") end
    end
    for i = 1, lists.texts.n do lines(op, op[1], { n = 1, lists.texts[i] }, "texts") end
  end
end

local choose = { "select", 3, any, function(a, b, c) if a then return b end return c end }
for i = 1, lists.few.n do
  for k = 1, lists.few.n do
    lines(choose, "select", { n = 2, lists.few[i], lists.few[k] }, "few")
  end
end

local sub = { "subtext", 3, any, string.sub }
local find = { "find", 3, any, function(a, b, c) return (a:find(b, c, true)) end }
for i = 1, lists.texts.n do
  lines({ "subtext", 2, any, string.sub }, "subtext", { n = 1, lists.texts[i] }, "places")
  for k = 1, lists.places.n do
    lines(sub, "subtext", { n = 2, lists.texts[i], lists.places[k] }, "places")
  end
  lines({ "find", 2, any, function(a, b) return (a:find(b, 1, true)) end }, "find",
    { n = 1, lists.texts[i] }, "texts")
  for k = 1, lists.texts.n do
    lines(find, "find", { n = 2, lists.texts[i], lists.texts[k] }, "places")
  end
end
