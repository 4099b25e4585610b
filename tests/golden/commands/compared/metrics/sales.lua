local sales = source "sales"
metric "sales"        { value = sales:sum "amount" }
metric "per_sale"     { value = sales:sum "amount" / sales:count() } -- judged by segment (S-7)
metric "share_online" { value = sales:share "shop == 'online'" }
