metric "conversion" { value = source "events":share "event == 'paid'", grain = "day", unit = "%" }
