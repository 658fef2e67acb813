"use strict";
(() => {
  const root = document.documentElement;
  const text = document.getElementById("text");
  const panel = document.getElementById("panel");
  const data = JSON.parse(document.getElementById("data").textContent);
  root.classList.remove("plain");

  // Languages: labels stand in both, those of attributes in data-zh and data-en.
  const language = () => root.dataset.lang;
  const place = () => (language() === "zh" ? 0 : 1);
  const say = (key) => data.labels[key][place()];
  document.getElementById("switch").addEventListener("click", () => {
    root.dataset.lang = language() === "zh" ? "en" : "zh";
    root.lang = language() === "zh" ? "zh-Hans" : "en";
    for (const element of document.querySelectorAll("[data-zh]")) {
      element.setAttribute("aria-label", element.dataset[language()]);
    }
    if (panel && !panel.hidden) show(shown);
  });
  const make = (name, content, ...kinds) => {
    const element = document.createElement(name);
    if (content !== undefined && content !== null) element.textContent = content;
    element.classList.add(...kinds);
    return element;
  };

  // In a site the list of figures is made here, of what the panel shows of them.
  const list = document.querySelector("#facts [data-most]");
  if (list) {
    const both = (pair, name = "span") => {
      const element = make(name);
      if (pair[0] === pair[1]) element.textContent = pair[0];
      else element.append(make("span", pair[0], "zh"), make("span", pair[1], "en"));
      return element;
    };
    const cut = new Map();
    for (const piece of text.querySelectorAll('[data-of^="f"]')) {
      cut.set(piece.dataset.of, (cut.get(piece.dataset.of) || "") + piece.textContent);
    }
    const body = list.tBodies[0];
    data.facts.slice(0, Number(list.dataset.most)).forEach((fact, at) => {
      const [indicator, value, unit, period, scope, source, state, cumulative, subject, dimensions] = fact;
      const row = body.insertRow();
      const cells = Array.from({ length: 7 }, () => row.insertCell());
      cells[0].append(both(data.indicators[indicator]));
      for (const part of [subject && [subject, subject], ...dimensions, cumulative && data.labels["fact.cumulative"]]) {
        if (part) cells[0].append(" ", both(part, "small"));
      }
      cells[1].className = "n";
      cells[1].dataset.v = value === null ? "" : (/-?\d[\d,.]*/.exec(value) || [""])[0].replaceAll(",", "");
      cells[1].append(value === null ? both(data.labels["state." + state]) : value);
      cells[2].textContent = unit;
      cells[3].textContent = period;
      cells[4].append(both(data.labels["scope." + scope]));
      cells[5].append(both(data.labels["source." + source]));
      const quote = document.getElementById("f" + at).textContent + (cut.get("f" + at) || "");
      const link = make("a", quote.split(/\s+/).join(" ").trim() || "–", "to");
      link.href = "#f" + at;
      cells[6].append(link);
    });
  }

  // Lists sort by the column whose heading is pressed.
  for (const table of document.querySelectorAll(".sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      const button = make("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => {
          const cell = row.cells[column];
          if ("v" in cell.dataset) return cell.dataset.v === "" ? -Infinity : Number(cell.dataset.v);
          return (cell.querySelector(":scope > ." + language() + ", :scope > span > ." + language()) || cell).textContent;
        };
        const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, language()));
        const keyed = [...body.rows].map((row) => [key(row), row]);
        keyed.sort((a, b) => (down ? -1 : 1) * order(a[0], b[0]));
        body.append(...keyed.map((pair) => pair[1]));
      });
    });
  }

  // On paper nothing is folded.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open]):not(.outline)")];
    folded.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
  if (!text || !panel) return;
  const outline = document.querySelector(".outline");
  if (outline) outline.open = window.matchMedia("(min-width: 72rem)").matches;

  // Legend: a category that is off has a class on the text, so that nothing else need change.
  const buttons = [...document.querySelectorAll(".legend [data-c]")];
  const press = (button, on) => {
    button.setAttribute("aria-pressed", on);
    text.classList.toggle("x" + button.dataset.c, !on);
  };
  const isOn = (button) => button.getAttribute("aria-pressed") === "true";
  document.querySelector(".legend").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.c) press(button, !isOn(button));
    else if (button.id === "all" || button.id === "nothing") buttons.forEach((one) => press(one, button.id === "all"));
    else {
      button.setAttribute("aria-pressed", !isOn(button));
      text.classList.toggle(button.id === "show-facts" ? "facts" : "clauses", isOn(button));
    }
  });

  // Places: what is cut into several elements has one id, which the others name.
  const idOf = (element) => element.id || element.dataset.of;
  const pieces = (id) => [...document.querySelectorAll(`[id="${id}"], [data-of="${id}"]`)];
  const mark = (kind, ids) => {
    for (const old of [...text.querySelectorAll("." + kind)]) old.classList.remove(kind);
    for (const id of ids) for (const piece of pieces(id)) piece.classList.add(kind);
  };
  const jump = (id) => {
    const target = document.getElementById(id);
    if (!target) return;
    mark("hit", [id]);
    const far = () => target.scrollIntoView({ block: "center" });
    far();
    // What comes into sight is drawn only now, and may move the place.
    requestAnimationFrame(() => requestAnimationFrame(far));
    const stop = target.closest(".s, #text h3, #text h4, #text h5, #text h6, .box") || target;
    if (!stop.hasAttribute("tabindex")) stop.tabIndex = -1;
    stop.focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.to");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const id = link.getAttribute("href").slice(1);
    history.replaceState(null, "", "#" + id);
    jump(id);
  });

  // Panel: what is known of a sentence or a figure; all text goes in as text.
  let shown = null;
  let opener = null;
  const terms = (entries) => {
    const list = make("dl");
    for (const [key, value] of entries) {
      if (value === null || value === undefined || value === "") continue;
      const row = make("div");
      row.append(make("dt", say(key)), make("dd", value));
      list.append(row);
    }
    return list;
  };
  const category = (at) => (at < 0 ? say("panel.uncoded") : data.categories[at][place()]);
  const percent = (share) => (share > 0.999 ? "> 99.9" : (100 * share).toFixed(1)) + " %";
  const weights = (found) => {
    const list = make("ul");
    for (const [term, part, weight] of found) {
      const row = make("li");
      const name = make("span");
      const term_ = make("bdi", term);
      term_.lang = text.lang;
      name.append(term_);
      if (part !== "text") name.append(" ", make("small", say("part." + part)));
      row.append(name, make("span", (weight > 0 ? "+" : "−") + Math.abs(weight).toFixed(2)));
      list.append(row);
    }
    return list;
  };
  const quote = (id) => {
    const box = make("blockquote", pieces(id).map((piece) => piece.textContent).join(""));
    box.lang = text.lang;
    return box;
  };
  const sentence = (id) => {
    const [probability, runner, found] = data.sentences[id.slice(1)];
    const at = [...document.getElementById(id).classList].map((name) => /^c(\d+)$/.exec(name)).find(Boolean);
    const own = at ? Number(at[1]) : -1;
    const box = make("div");
    if (own >= 0) box.classList.add("c" + own);
    const head = make("h3", category(own));
    head.id = "panel-title";
    box.append(head, quote(id), terms([
      ["panel.probability", percent(probability)],
      ["panel.runner", runner < 0 ? null : category(runner)],
    ]));
    if (!found) box.append(make("p", say("panel.not_explained"), "note"));
    else if (!found.length) box.append(make("p", say("panel.no_terms"), "note"));
    else {
      for (const [key, kept] of [["panel.for", found.filter((term) => term[2] > 0)], ["panel.against", found.filter((term) => term[2] < 0)]]) {
        if (kept.length) box.append(make("h4", say(key)), weights(kept));
      }
      box.append(make("p", say("panel.weight"), "note"));
    }
    const inside = [...new Set(pieces(id).flatMap((piece) => [...piece.querySelectorAll(".f")].map(idOf)))];
    if (inside.length) {
      box.append(make("h4", say("panel.facts")));
      const list = make("ul");
      for (const one of inside.slice(0, 12)) {
        const [indicator, value, unit] = data.facts[one.slice(1)];
        const row = make("li");
        row.append(make("span", data.indicators[indicator][place()]), make("span", [value, unit].filter((part) => part !== null).join(" ")));
        list.append(row);
      }
      box.append(list);
    }
    return box;
  };
  const figure = (id) => {
    const [indicator, value, unit, period, scope, source, state, cumulative, subject, dimensions] = data.facts[id.slice(1)];
    const box = make("div");
    const head = make("h3", data.indicators[indicator][place()]);
    head.id = "panel-title";
    box.append(head, quote(id), terms([
      ["fact.value", value === null ? say("state." + state) : [value, unit].filter(Boolean).join(" ")],
      ["fact.period", cumulative ? [period, say("fact.cumulative")].filter(Boolean).join(" · ") : period],
      ["fact.scope", say("scope." + scope)],
      ["fact.subject", subject],
      ["fact.dimensions", dimensions.map((pair) => pair[place()]).join(" · ")],
      ["fact.state", say("state." + state)],
      ["fact.source", say("source." + source)],
    ]));
    return box;
  };
  const show = (ids) => {
    shown = ids;
    panel.replaceChildren();
    const close = make("button", "×", "close");
    close.type = "button";
    close.setAttribute("aria-label", say("panel.close"));
    close.addEventListener("click", hide);
    panel.append(close);
    ids.forEach((id, at) => {
      const box = id[0] === "f" ? figure(id) : sentence(id);
      if (at) box.querySelector("h3").removeAttribute("id");
      panel.append(box);
    });
    mark("on", ids);
    panel.hidden = false;
  };
  const hide = () => {
    if (panel.hidden) return;
    const inside = panel.contains(document.activeElement);
    panel.hidden = true;
    mark("on", []);
    if (inside && opener) opener.focus({ preventScroll: true });
  };
  const open = (element) => {
    const found = element.closest(".f");
    const around = element.closest(".s");
    const ids = [...(found ? [idOf(found)] : []), ...(around ? [idOf(around)] : [])];
    if (!ids.length) return;
    opener = around || found;
    show(ids);
    // Where the panel lies over the text, the sentence is brought out from under it.
    const hidden = element.getBoundingClientRect().bottom - panel.getBoundingClientRect().top;
    if (getComputedStyle(panel).position === "fixed" && hidden > 0) window.scrollBy(0, hidden + 16);
  };
  text.addEventListener("click", (event) => {
    if (event.target.closest("a") || String(window.getSelection())) return;
    open(event.target);
  });

  // Keyboard: one stop in the text; arrows move it from sentence to sentence, and to figures outside sentences.
  let stops = null;
  const find = () => (stops ||= [...text.querySelectorAll(".s[id], td .f[id]")].filter((one) => one.matches(".s") || !one.closest(".s")));
  const first = text.querySelector(".s[id], td .f[id]");
  if (first) first.tabIndex = 0;
  text.addEventListener("focusin", (event) => {
    const stop = event.target.closest(".s, .f");
    if (!stop) return;
    const old = text.querySelector('.s[tabindex="0"], .f[tabindex="0"]');
    if (old && old !== stop) old.tabIndex = -1;
    stop.tabIndex = 0;
  });
  text.addEventListener("keydown", (event) => {
    const stop = event.target.closest(".s, .f");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === text || stop) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && stop) {
        const at = find().findIndex((one) => idOf(one) === idOf(stop));
        const next = find()[at + step];
        if (next) {
          event.preventDefault();
          next.tabIndex = 0;
          next.focus({ preventScroll: true });
          next.scrollIntoView({ block: "center" });
          if (!panel.hidden) open(next);
        }
      } else if ((event.key === "Enter" || event.key === " ") && stop) {
        event.preventDefault();
        open(stop);
      }
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      mark("hit", []);
      hide();
    }
  });

  // Titles of figures follow the language, when they are looked at.
  text.addEventListener("pointerover", (event) => {
    const found = event.target.closest(".f");
    if (!found) return;
    const [indicator, value, unit, , , , state] = data.facts[idOf(found).slice(1)];
    found.title = [data.indicators[indicator][place()], value === null ? say("state." + state) : value, unit].filter(Boolean).join(" ");
  });

  if (location.hash.length > 1) jump(decodeURIComponent(location.hash.slice(1)));
})();
