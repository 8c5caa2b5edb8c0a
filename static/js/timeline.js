// The timeline of an integration: drag, arrow keys and buttons choose an interval, which goes into the address.
(() => {
  "use strict";
  const MINUTE = 60000;
  const SHORTEST = 10 * MINUTE;
  const DRAGGED = 6;  // pixels: less is a click
  const box = () => document.querySelector("[data-timeline]");
  const cursor = () => document.getElementById("timeline-cursor");
  let state = { at: -1, from: -1, shown: "" };  // the step pointed at, and where a choice began

  const read = () => {
    const { start, end, bins } = box().dataset;
    const first = Date.parse(start);
    const last = Date.parse(end);
    return { first, last, bins: Number(bins), step: (last - first) / Number(bins), daily: "daily" in box().dataset };
  };

  // --- What the address says ---
  const go = (query) => {
    const address = `${location.pathname}${query ? `?${query}` : ""}`;
    if (address === location.pathname + location.search) return;
    history.pushState({ zoom: true }, "", address);
    document.dispatchEvent(new CustomEvent("qao:moved"));
  };
  const asText = (time) => new Date(time).toISOString().replace(/:\d\d\.\d+Z$/, "Z");
  const zoomTo = (from, to) => {
    const missing = Math.max(SHORTEST - (to - from), 0) / 2;
    const query = new URLSearchParams(location.search);
    query.delete("cursor");
    query.set("from", asText(Math.floor((from - missing) / MINUTE) * MINUTE));
    query.set("to", asText(Math.ceil((to + missing) / MINUTE) * MINUTE));
    go(query.toString().replaceAll("%3A", ":"));
  };
  const follow = (name) => {
    const link = document.querySelector(`a[data-zoom="${name}"][href]`);
    if (link) go(link.getAttribute("href").replace(/^\?|#.*$/g, ""));
  };
  const zoomIn = () => {
    const { first, bins, step } = read();
    if (state.at < 0) { follow("closer"); return; }
    if (state.from >= 0) { zoomTo(...chosen()); return; }
    const half = (bins * step) / 4;
    const middle = first + (state.at + 0.5) * step;
    zoomTo(middle - half, middle + half);
  };
  const chosen = () => {
    const { first, step } = read();
    const [low, high] = [Math.min(state.at, state.from), Math.max(state.at, state.from)];
    return [first + low * step, first + (high + 1) * step];
  };

  // --- What is pointed at, in words and as a drawing ---
  const words = (number) => {
    const { first, step, daily } = read();
    const row = document.querySelector(`#timeline-data tr[data-bin="${number}"]`);
    const names = [...(row?.closest("table").querySelectorAll("thead th") || [])].slice(1, -1);
    const found = row ? [...row.querySelectorAll("td")].slice(0, names.length)
      .map((cell, index) => (cell.textContent === "–" ? "" : `${names[index].textContent}: ${cell.textContent}`)).filter(Boolean) : [];
    const time = qao.formatTime(new Date(first + number * step), daily ? "day" : "datetime");
    return `${time}: ${found.join("; ") || "no event"}`;
  };
  const draw = (speak) => {
    const overlay = cursor();
    const { bins } = read();
    const share = (number) => `${(100 * number) / bins}%`;
    const parts = [];
    if (state.from >= 0) {
      const low = Math.min(state.at, state.from);
      parts.push(["rect", { x: share(low), width: share(Math.abs(state.at - state.from) + 1), y: 0, height: "100%" }]);
    }
    if (state.at >= 0) parts.push(["line", { x1: share(state.at + 0.5), x2: share(state.at + 0.5), y1: 0, y2: "100%" }]);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("aria-hidden", "true");
    for (const [name, attributes] of parts) {
      const part = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", name));
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    }
    overlay.replaceChildren(svg);
    const text = state.at < 0 ? "" : state.from >= 0 && state.from !== state.at
      ? `${chosen().map((time) => qao.formatTime(new Date(time), read().daily ? "day" : "datetime")).join(" – ")}`
      : words(state.at);
    document.getElementById("timeline-readout").textContent = text;
    if (speak) {
      overlay.setAttribute("aria-valuenow", String(Math.max(state.at, 0)));
      overlay.setAttribute("aria-valuetext", text || "Nothing chosen");
    }
  };

  // --- Pointer ---
  let pressed = null;
  const stepAt = (event) => {
    const area = cursor().getBoundingClientRect();
    const { bins } = read();
    return Math.min(Math.max(Math.floor(((event.clientX - area.left) / area.width) * bins), 0), bins - 1);
  };
  const down = (event) => {
    if (event.button !== 0) return;
    pressed = { x: event.clientX, id: event.pointerId };
    state = { ...state, at: stepAt(event), from: -1 };
    draw(true);
  };
  const move = (event) => {
    if (pressed && Math.abs(event.clientX - pressed.x) > DRAGGED && state.from < 0) {
      state.from = state.at;
      cursor().setPointerCapture(pressed.id);
    }
    state.at = stepAt(event);
    draw(false);
  };
  const up = () => {
    if (!pressed) return;
    pressed = null;
    if (state.from >= 0) zoomTo(...chosen());
  };
  const stop = () => { pressed = null; state.from = -1; draw(false); };
  const leave = () => {
    if (pressed || document.activeElement === cursor()) return;
    state.at = state.from = -1;
    draw(false);
  };

  // --- Keys ---
  const keys = {
    "+": zoomIn, "=": zoomIn, Enter: zoomIn,
    "-": () => follow("wider"),
    Escape: () => {
      if (state.from >= 0) { state.from = -1; draw(true); } else follow("whole");
    },
    PageUp: () => follow("earlier"),
    PageDown: () => follow("later"),
  };
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { bins } = read();
    const to = {
      ArrowLeft: Math.max(state.at - 1, 0), ArrowDown: Math.max(state.at - 1, 0),
      ArrowRight: Math.min(state.at + 1, bins - 1), ArrowUp: Math.min(state.at + 1, bins - 1),
      Home: 0, End: bins - 1,
    }[event.key];
    if (to === undefined && !keys[event.key]) return;
    event.preventDefault();
    if (to === undefined) { keys[event.key](); return; }
    const from = event.shiftKey ? (state.from >= 0 ? state.from : Math.max(state.at, 0)) : -1;
    state = { ...state, at: to, from };
    draw(true);
  };

  const wire = () => {
    if (!box()) return;
    const overlay = cursor();
    const shown = `${box().dataset.start}/${box().dataset.end}`;
    if (state.shown !== shown) state = { at: -1, from: -1, shown };
    overlay.setAttribute("aria-valuemax", String(read().bins - 1));
    if (overlay.hidden) {
      overlay.hidden = false;
      overlay.tabIndex = 0;
      for (const [name, value] of Object.entries({
        role: "slider", "aria-valuemin": "0", "aria-label": "Point in time. Shift with arrow keys chooses an interval, Enter zooms in, minus zooms out, Escape shows the whole period.",
      })) overlay.setAttribute(name, value);
      overlay.addEventListener("pointerdown", down);
      overlay.addEventListener("pointermove", move);
      overlay.addEventListener("pointerup", up);
      overlay.addEventListener("pointercancel", stop);
      overlay.addEventListener("pointerleave", leave);
      overlay.addEventListener("keydown", press);
    }
    draw(true);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-zoom]");
    if (!link?.hasAttribute("href") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.zoom === "closer") zoomIn();
    else go(link.getAttribute("href").replace(/^\?|#.*$/g, ""));
  });
  document.addEventListener("DOMContentLoaded", wire);
  document.addEventListener("qao:shown", wire);
  document.addEventListener("qao:zone", wire);
})();
