local ratios = {}

function ratios.per(a, b)
  return a / b
end

return ratios
