metric "visits" { value = source "visits":count() }
