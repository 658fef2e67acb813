"use strict";
(() => {
  // What pages of a site share: the language is kept from page to page, and long lists are shown a part at a time.
  const root = document.documentElement;
  const toggle = document.getElementById("switch");
  const KEY = "zhgovtext-language";
  const PART = 50;
  let kept = null;
  // A browser may keep nothing.
  try { kept = localStorage.getItem(KEY); } catch { kept = null; }
  if ((kept === "zh" || kept === "en") && kept !== root.dataset.lang) toggle.click();
  toggle.addEventListener("click", () => {
    try { localStorage.setItem(KEY, root.dataset.lang); } catch { return; }
  });

  const table = document.getElementById("rows");
  if (!table || !window.siteRows) return;
  const { columns, rows, sort } = window.siteRows;
  const labels = JSON.parse(document.getElementById("data").textContent).labels;
  const place = () => (root.dataset.lang === "zh" ? 0 : 1);
  const say = (key, filled = {}) => labels[key][place()].replace(/\{([a-z]+)\}/g, (_, name) => filled[name]);
  const collator = new Intl.Collator("zh");
  const search = document.getElementById("search");
  const selects = [...document.querySelectorAll("[data-column]")];
  const heads = [...table.tHead.rows[0].cells];
  const state = { words: "", column: sort[0], way: sort[1], part: 0, chosen: {} };

  const shown = (value, plain) => (value === null ? "–" : plain ? String(value) : value.toLocaleString("en", { maximumFractionDigits: 1 }));
  const percent = (value) => (100 * value).toFixed(1) + "%";
  const plain = {
    link: (cell) => cell[0],
    text: (cell) => cell,
    number: (cell) => (cell === null ? "" : String(cell)),
    label: (cell, column) => (cell === null ? "" : column.labels[cell].join(" ")),
    pair: (cell) => cell.join(" "),
    links: (cell) => cell.map((one) => one[0]).join(" "),
    share: () => "",
  };
  const order = {
    link: (cell) => cell[0] || null,
    text: (cell) => cell || null,
    number: (cell) => cell,
    label: (cell) => cell,
    pair: (cell) => cell[place()],
    links: (cell) => cell.length,
    share: (cell) => cell[0],
  };
  const link = ([text, href]) => {
    if (!href) return document.createTextNode(text || "–");
    const element = document.createElement("a");
    element.href = href;
    element.textContent = text || "–";
    return element;
  };
  const fill = {
    link: (td, cell) => td.append(link(cell)),
    text: (td, cell) => td.append(cell),
    number: (td, cell, column) => td.append(shown(cell, column.plain)),
    label: (td, cell, column) => td.append(cell === null ? "–" : column.labels[cell][place()]),
    pair: (td, cell) => td.append(cell[place()]),
    links: (td, cell, column) => cell.forEach(([text, base, id], at) => {
      td.append(at ? " · " : "", link([text || say("rows.check"), `reports/${column.bases[base]}.html#${id}`]));
    }),
    share: (td, [value, low, high]) => {
      td.append(value === null ? "–" : percent(value));
      if (value === null || low === null || high === null) return;
      const range = document.createElement("small");
      range.textContent = `[${percent(low)}, ${percent(high)}]`;
      td.append(range);
    },
  };

  // Text to look for, made once for each row.
  const texts = new Array(rows.length);
  const textOf = (at) => (texts[at] ||= columns.map((column, c) => plain[column.kind](rows[at][c], column)).join("\n").toLowerCase());

  let ranked = null;
  const rank = () => {
    const column = columns[state.column];
    const keys = rows.map((row) => order[column.kind](row[state.column]));
    const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));
    // What has no value stands last, whichever way.
    ranked = rows.map((_, at) => at).sort((a, b) => {
      if (keys[a] === null || keys[b] === null) return (keys[a] === null) - (keys[b] === null) || a - b;
      return state.way * compare(keys[a], keys[b]) || a - b;
    });
  };
  const find = () => {
    const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = Object.entries(state.chosen).filter(([, value]) => value !== "");
    return ranked.filter((at) => chosen.every(([c, value]) => String(rows[at][c]) === value) && words.every((word) => textOf(at).includes(word)));
  };
  const draw = () => {
    const found = find();
    const last = Math.max(0, Math.ceil(found.length / PART) - 1);
    state.part = Math.min(state.part, last);
    const body = document.createElement("tbody");
    body.setAttribute("role", "rowgroup");
    for (const at of found.slice(state.part * PART, (state.part + 1) * PART)) {
      const row = body.insertRow();
      row.setAttribute("role", "row");
      columns.forEach((column, c) => {
        const td = row.insertCell();
        td.setAttribute("role", "cell");
        td.dataset.name = column.name[place()];
        td.className = { number: "n", share: "n", link: c ? "title" : "", links: "cites" }[column.kind] ?? column.kind;
        fill[column.kind](td, rows[at][c], column);
      });
    }
    table.tBodies[0].replaceWith(body);
    document.getElementById("count").textContent = say("rows.count", { n: found.length.toLocaleString("en"), all: rows.length.toLocaleString("en") });
    document.getElementById("where").textContent = `${state.part + 1} / ${last + 1}`;
    document.getElementById("back").disabled = state.part === 0;
    document.getElementById("next").disabled = state.part === last;
    heads.forEach((head, c) => {
      if (c === state.column) head.setAttribute("aria-sort", state.way > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  };

  // What was asked for stands behind the #, so that it is there again on the way back.
  const keep = () => {
    const said = new URLSearchParams();
    if (state.words) said.set("q", state.words);
    for (const [c, value] of Object.entries(state.chosen)) if (value !== "") said.set("c" + c, value);
    if (state.column !== sort[0] || state.way !== sort[1]) said.set("s", (state.way < 0 ? "-" : "") + state.column);
    if (state.part) said.set("p", state.part);
    history.replaceState(null, "", "#" + said);
  };
  const recall = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    state.words = said.get("q") || "";
    search.value = state.words;
    for (const select of selects) {
      const value = said.get("c" + select.dataset.column);
      if (value !== null && [...select.options].some((option) => option.value === value)) {
        select.value = value;
        state.chosen[select.dataset.column] = value;
      }
    }
    const asked = /^(-?)(\d+)$/.exec(said.get("s") || "");
    if (asked && Number(asked[2]) < columns.length) [state.column, state.way] = [Number(asked[2]), asked[1] ? -1 : 1];
    state.part = Math.max(0, Number.parseInt(said.get("p"), 10) || 0);
  };
  const options = () => {
    for (const select of selects) {
      const c = Number(select.dataset.column);
      const column = columns[c];
      const values = [...new Set(rows.map((row) => row[c]).filter((value) => value !== null))];
      values.sort(column.kind === "label" ? (a, b) => a - b : (a, b) => b - a);
      const before = select.value;
      select.replaceChildren(new Option(say("rows.all"), ""));
      for (const value of values) select.add(new Option(column.kind === "label" ? column.labels[value][place()] : String(value), String(value)));
      select.value = before;
    }
  };
  const change = (what) => {
    what();
    draw();
    keep();
  };
  search.addEventListener("input", () => change(() => { state.words = search.value; state.part = 0; }));
  for (const select of selects) {
    select.addEventListener("change", () => change(() => { state.chosen[select.dataset.column] = select.value; state.part = 0; }));
  }
  heads.forEach((head, c) => head.querySelector("button").addEventListener("click", () => change(() => {
    state.way = c === state.column ? -state.way : ["number", "share"].includes(columns[c].kind) ? -1 : 1;
    state.column = c;
    state.part = 0;
    rank();
  })));
  document.getElementById("back").addEventListener("click", () => change(() => { state.part -= 1; }));
  document.getElementById("next").addEventListener("click", () => change(() => { state.part += 1; }));
  toggle.addEventListener("click", () => {
    options();
    rank();
    draw();
  });
  options();
  recall();
  rank();
  draw();
})();
