---@meta _native
-- The C functions of src/script/native.c, for the library only. A test compares the two lists.

local native = {}

--- The number of each kind of error by name.
---@type table<string, integer>
native.codes = {}

--- The parts of times and dates: date, day, hour, minute, month, second, time, week, weekday, year.
---@type table<string, function>
native.helpers = {}

--- What a function raises that waits for an answer; the sandbox's pcall lets it through.
---@type lightuserdata
native.waiting = nil

--- A protected call that ends a function which waits, too.
---@return boolean ok
---@return any … the results, or the error
function native.attempt(fn, ...) end

---@class Changes
---@field tables? boolean some table
---@field globals? boolean any global
---@field assigned table<string, boolean> globals by name
---@field variables table<lightuserdata, boolean> captured variables
---@field names? table<string, boolean> the globals that are read

--- What a function may change when it is called, those that it calls left out.
---@param fn function
---@return Changes
function native.changes(fn) end

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

--- An expression's function, or nil and a message.
---@param text string
---@param environment? table what its names are looked up in
---@return function? fn
---@return string? message
function native.compile(text, environment) end

--- The day number of a date.
---@param text string
---@return integer?
function native.date(text) end

--- The file of a function, and the lines in which it begins and ends.
---@param fn function
---@return string file
---@return integer first
---@return integer last
function native.definition(fn) end

--- The microseconds of a duration.
---@param text string
---@return integer?
function native.duration(text) end

--- A value as a message for the host, in a text.
---@return string
function native.encode(value) end

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

--- The records of all that was kept, by number.
---@return table[]
function native.kept() end

--- The metatable of a value, whatever its __metatable says.
---@return table?
function native.metatable(value) end

--- The text in the list that is nearest to the word, if near enough for a slip.
---@param word string
---@param list string[]
---@return string?
function native.nearest(word, list) end

--- Whether the value equals one of the list's; what one_of is to scripts.
---@param list any[]
---@return boolean
function native.one_of(value, list) end

--- What a Lua function calls its first parameter.
---@param fn function
---@return string? name
function native.parameter(fn) end

--- pcall, but for limits of time and memory, and for waiting, which go on.
---@param fn function
---@return boolean ok
---@return any ...
function native.pcall(fn, ...) end

--- The canonical name of a reading (src/alert/reading.h), or nil, a message and a hint.
---@param text string
---@return string? name
---@return string? message
---@return string? hint
function native.reading(text) end

--- The name of each reading, and whether it takes arguments.
---@return table<string, boolean>
function native.readings() end

--- The names that a row expression may read, each with the byte where it first stands; true when
--- they cannot be known.
---@param text string
---@return table<string, integer> names
---@return boolean unknown
function native.reads(text) end

--- Sets what text expressions can name beside columns.
---@param names table<string, any>
function native.row_names(names) end

--- Sets the function that runs decompositions of changes (src/catalog/change.h).
---@param run fun(request: table): table
function native.serve_decompose(run) end

--- Sets the function that runs free functions over points (src/script/free.h).
---@param run fun(request: table): table
function native.serve_free(run) end

--- SHA-256 as hexadecimal digits.
---@param bytes string
---@return string
function native.sha256(bytes) end

--- The names of the project's sources.
---@return string[]
function native.sources() end

---@class TranslateOptions
---@field text? boolean a text expression
---@field condition? boolean of an alert rule: readings that take arguments are called
---@field file? string where the expression begins
---@field line? integer of a text; nil where it is not known
---@field names? table<string, integer> of a text: what it reads and does not only call
---@field changes Changes
---@field name_of fun(value: any): string? names the sandbox's functions and libraries
---@field original fun(value: any): any the table behind a read-only view

--- An expression as steps over columns, or nil, the reason, and the error where a condition can
--- never work.
---@param fn function
---@param options TranslateOptions
---@return { inputs: table[], steps: table[], reads: table<string, boolean> }? code
---@return string? why
---@return { code: integer, message: string, hint?: string, file: string, line: integer }? fault
function native.translate(fn, options) end

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

--- The words of a field of the sheet, or of a rule.
---@param kind "layer"|"lens"|"direction"|"severity"
---@return string[]
function native.words(kind) end

--- xpcall, but for limits of time and memory, and for waiting, which go on.
---@param fn function
---@param handler function
---@return boolean ok
---@return any ...
function native.xpcall(fn, handler, ...) end

return native
