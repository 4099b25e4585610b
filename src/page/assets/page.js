// What makes a page lively. Nothing on it needs this.
(() => {
  "use strict";
  const main = document.getElementById("main");

  // ---- the overview: filter, and columns that sort ----

  let words = "";
  const sorted = new Map(); // heading of a table → {column, descending}

  function filter() {
    const rows = main.querySelectorAll(".metrics tbody tr");
    const wanted = words.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const text = row.cells[0].textContent.toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    for (const section of main.querySelectorAll(".layer"))
      section.hidden = !section.querySelector("tbody tr:not([hidden])");
    const found = main.querySelector(".found");
    if (found) found.textContent = words.trim() ? `${shown} / ${rows.length}` : "";
  }

  function number(cell) {
    const text = cell.dataset.sort ?? cell.textContent.replace(/[^-+.\d]/g, "");
    return text === "" ? NaN : Number(text);
  }

  function compare(a, b, column, descending) {
    const status = ["red", "yellow", "green", ""];
    const sign = descending ? -1 : 1;
    if (a.cells[column].classList.contains("judged"))
      return sign * (status.indexOf(a.dataset.status) - status.indexOf(b.dataset.status));
    if (column === 0) return sign * a.cells[0].textContent.localeCompare(b.cells[0].textContent);
    const x = number(a.cells[column]);
    const y = number(b.cells[column]);
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return sign * (x - y);
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => compare(a, b, column, descending));
    body.append(...rows);
    for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
    const order = descending ? "descending" : "ascending";
    table.tHead.rows[0].cells[column].setAttribute("aria-sort", order);
    sorted.set(table.getAttribute("aria-labelledby"), { column, descending });
  }

  function sortable(table) {
    for (const head of table.tHead.rows[0].cells) {
      if (head.classList.contains("trend")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") === "ascending";
        sort(table, head.cellIndex, up);
      });
      head.append(button);
    }
    const before = sorted.get(table.getAttribute("aria-labelledby"));
    if (before) sort(table, before.column, before.descending);
  }

  // ---- charts: the value under the pointer, from the table below ----

  function hover(figure) {
    const plot = figure.querySelector(".plot");
    const lines = figure.querySelector(".figures")?.textContent.trim().split("\n");
    const rows = lines ?? Array.from(figure.querySelectorAll(".numbers tbody tr"), (row) =>
      `${row.cells[0].textContent}  ${row.cells[1].textContent}`); // the newest first
    if (!plot || !rows.length) return;
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    line.setAttribute("class", "hover");
    line.setAttribute("y1", "18");
    line.setAttribute("y2", "208");
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("aria-hidden", "true");
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      const at = Math.min(rows.length - 1, Math.max(0, Math.floor(share * rows.length)));
      const x = `${(100 * (at + 0.5)) / rows.length}%`;
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      plot.append(line);
      tip.textContent = rows[rows.length - 1 - at];
      figure.append(tip);
      const left = box.left - figure.getBoundingClientRect().left + box.width * share;
      const room = figure.clientWidth - tip.offsetWidth - 8;
      tip.style.left = `${Math.max(8, Math.min(room, left - tip.offsetWidth / 2))}px`;
    });
    plot.addEventListener("pointerleave", () => {
      line.remove();
      tip.remove();
    });
  }

  // ---- all of it, for what is on the page now ----

  // Several people have one token between them; who sits here is remembered here.
  function remember(field) {
    let name = "";
    try {
      name = localStorage.getItem("cynosure-name") ?? "";
    } catch {
      return; // the browser keeps nothing
    }
    field.defaultValue = name;
    field.form?.addEventListener("submit", () => {
      try {
        localStorage.setItem("cynosure-name", field.value);
      } catch {
        // next time it is typed again
      }
    });
  }

  function enliven() {
    for (const field of main.querySelectorAll("input[name=who]")) remember(field);
    for (const table of main.querySelectorAll(".metrics")) sortable(table);
    for (const figure of main.querySelectorAll(".chart")) hover(figure);
    const box = main.querySelector(".filter");
    if (!box) return;
    const input = box.querySelector("input");
    box.hidden = false;
    input.value = words;
    input.addEventListener("input", () => {
      words = input.value;
      filter();
    });
    filter();
  }

  // ---- what is newer takes the place of what is old; whoever is reading notices nothing ----

  const every = 30000;
  let tag = null;

  function keyOf(element) {
    if (!element || !main.contains(element)) return null;
    if (element.id) return `#${CSS.escape(element.id)}`;
    const href = element.getAttribute("href");
    return href ? `${element.localName}[href="${CSS.escape(href)}"]` : null;
  }

  // Somebody fills in a form, or has begun to.
  function isBusy() {
    const fields = [...main.querySelectorAll("form input:not([type=hidden])")];
    return main.querySelector("form:focus-within") !== null ||
      fields.some((field) => field.value !== field.defaultValue);
  }

  // What a <details> is about: the heading of what it stands in, and its own.
  function topic(details) {
    const around = details.closest("li, article, section");
    const heading = around?.querySelector("h1, h2, h3, h4");
    return `${heading?.textContent ?? ""}: ${details.querySelector("summary").textContent}`;
  }

  function replace(html) {
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    if (!next) return;
    const focus = keyOf(document.activeElement);
    const opened = new Set([...main.querySelectorAll("details[open]")].map(topic));
    const selection = document.activeElement?.selectionStart;
    const { scrollX, scrollY } = window;
    const before = new Map();
    for (const row of main.querySelectorAll(".metrics tbody tr"))
      before.set(row.cells[0].querySelector("a")?.getAttribute("href"), row.cells[1].textContent);
    main.replaceChildren(...next.childNodes);
    for (const details of main.querySelectorAll("details")) details.open = opened.has(topic(details));
    enliven();
    for (const row of main.querySelectorAll(".metrics tbody tr")) {
      const was = before.get(row.cells[0].querySelector("a")?.getAttribute("href"));
      row.classList.toggle("changed", was !== undefined && was !== row.cells[1].textContent);
    }
    const again = focus && main.querySelector(focus);
    if (again) {
      again.focus({ preventScroll: true });
      if (selection != null && again.type === "search") again.setSelectionRange(selection, selection);
    }
    window.scrollTo(scrollX, scrollY);
  }

  async function refresh() {
    if (document.hidden || isBusy()) return;
    const headers = tag ? { "If-None-Match": tag } : {};
    let reply;
    try {
      reply = await fetch(location.href, { headers, cache: "no-store" });
    } catch {
      return; // it is not there now; it may be later
    }
    if (!reply.ok || !(reply.headers.get("content-type") ?? "").startsWith("text/html")) return;
    const now = reply.headers.get("etag");
    if (!now || now !== tag) {
      const html = await reply.text();
      if (!isBusy()) replace(html);
    }
    tag = now;
  }

  enliven();
  if (main.hasAttribute("data-live") && location.protocol.startsWith("http")) {
    setInterval(refresh, every);
    document.addEventListener("visibilitychange", refresh);
  }
  document.documentElement.dataset.lively = "yes"; // for tests: it has run to its end
})();
