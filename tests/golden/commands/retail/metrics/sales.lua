metric "sales" { value = source "days":sum "sales" }
