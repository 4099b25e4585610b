local sets = source "sets"
metric "n"    { value = sets:count() }
metric "mean" { value = sets:mean "value" }
metric "sd"   { value = sets:stddev "value" }
