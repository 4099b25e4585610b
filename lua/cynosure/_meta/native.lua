---@meta _native
-- The C functions of src/script/native.c, for the library only. A test compares the two lists.

local native = {}

--- The number of each kind of error by name.
---@type table<string, integer>
native.codes = {}

--- The parts of times and dates: date, day, hour, minute, month, second, time, week, weekday, year.
---@type table<string, function>
native.helpers = {}

--- A script's function with its environment, or nil and a message with its place.
---@param text string
---@param name string
---@param environment table
---@return function? chunk
---@return string? message
function native.chunk(text, name, environment) end

--- The compiled code of a Lua function without line numbers; nil of any other value.
---@return string?
function native.code(value) end

--- A row expression's function, or nil and a message.
---@param text string
---@return function? fn
---@return string? message
function native.compile(text) end

--- The day number of a date.
---@param text string
---@return integer?
function native.date(text) end

--- The file and line in which a function begins.
---@param fn function
---@return string file
---@return integer line
function native.definition(fn) end

--- The microseconds of a duration.
---@param text string
---@return integer?
function native.duration(text) end

--- True for a grain, else nil, a message and a hint.
---@param text string
---@return boolean? ok
---@return string? message
---@return string? hint
function native.grain(text) end

--- Whether the text is nothing but a column's name or path.
---@param text string
---@return boolean
function native.is_column(text) end

--- Whether Lua takes the text as a name.
---@param text string
---@return boolean
function native.is_identifier(text) end

--- Keeps an expression's record (src/script/rows.h); its number.
---@param record table
---@return integer
function native.keep(record) end

--- The text in the list that is nearest to the word, if near enough for a slip.
---@param word string
---@param list string[]
---@return string?
function native.nearest(word, list) end

--- pcall, but for limits of time and memory, which go on.
---@param fn function
---@return boolean ok
---@return any ...
function native.pcall(fn, ...) end

--- The set of names that a row expression may read; true when it cannot be known.
---@param text string
---@return table<string, boolean> names
---@return boolean unknown
function native.reads(text) end

--- Sets what text expressions can name beside columns.
---@param names table<string, any>
function native.row_names(names) end

--- SHA-256 as hexadecimal digits.
---@param bytes string
---@return string
function native.sha256(bytes) end

--- The names of the project's sources.
---@return string[]
function native.sources() end

--- Name and value of a function's n-th captured local.
---@param fn function
---@param n integer
---@return string? name
---@return any value
function native.upvalue(fn, n) end

--- File and line of the nearest script on the call stack.
---@return string? file
---@return integer? line
function native.where() end

--- The words of a field of the sheet.
---@param kind "layer"|"lens"|"direction"
---@return string[]
function native.words(kind) end

--- xpcall, but for limits of time and memory, which go on.
---@param fn function
---@param handler function
---@return boolean ok
---@return any ...
function native.xpcall(fn, handler, ...) end

return native
