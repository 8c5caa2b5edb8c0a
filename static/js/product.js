// Times in the reader's zone, the theme switch, and fragments that refresh while somebody looks.
(() => {
  "use strict";
  const REFRESH_MS = 30000;
  const root = document.documentElement;

  // --- Times ---
  const formats = {
    datetime: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
    time: new Intl.DateTimeFormat(undefined, { timeStyle: "short" }),
    date: new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }),
  };
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const age = (moment) => {
    const seconds = Math.min(0, (moment - Date.now()) / 1000);
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (-seconds >= length) return relative.format(Math.ceil(seconds / length), unit);
    }
    return "just now";
  };
  const since = (moment) => {
    const today = moment.toDateString() === new Date().toDateString();
    return formats[today ? "time" : "date"].format(moment);
  };
  const showTimes = (within) => {
    for (const element of within.querySelectorAll("time[data-style]")) {
      const moment = new Date(element.dateTime);
      const style = element.dataset.style;
      element.textContent = style === "age" ? age(moment) : style === "since" ? since(moment) : formats[style].format(moment);
    }
  };
  const showZone = () => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    for (const element of document.querySelectorAll("[data-zone]")) element.textContent = timeZone || "UTC";
  };

  // --- Theme ---
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* a private window forgets */ }
  };

  // --- Live fragments ---
  let loadedAt = new Date();
  const live = () => document.querySelectorAll("[data-live]");
  const refresh = () => live().forEach((element) => htmx.trigger(element, "qao:refresh"));
  const banner = () => document.querySelector("[data-connection]");
  const lost = new Set();  // fragments whose last refresh failed; another one's success does not make up for it
  const connectionLost = (element) => {
    lost.add(element);
    banner().querySelector("[data-connection-since]").textContent = formats.time.format(loadedAt);
    banner().hidden = false;
  };
  const connectionBack = (element) => {
    lost.delete(element);
    if (lost.size > 0) return;
    loadedAt = new Date();
    banner().hidden = true;
  };
  let opened = [];
  let scrolled = 0;

  document.addEventListener("htmx:configRequest", (event) => {
    const version = event.detail.elt.dataset.version;
    if (version) event.detail.headers["X-Content-Version"] = version;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    scrolled = window.scrollY;
    opened = [...event.detail.target.querySelectorAll("details[open][id]")].map((element) => element.id);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, successful, elt } = event.detail;
    if (!elt.matches("[data-live]")) return;
    if (!successful) { connectionLost(elt); return; }
    const version = xhr.getResponseHeader("X-Content-Version");
    // A login page in place of the fragment: the session has ended.
    if (!version) { location.reload(); return; }
    elt.dataset.version = version;
    connectionBack(elt);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    showTimes(event.detail.target);
    // Opening what was open moves what stands below it, and the browser would follow.
    window.scrollTo({ top: scrolled, behavior: "instant" });
  });

  document.addEventListener("DOMContentLoaded", () => {
    showTimes(document);
    showZone();
    document.querySelector("[data-theme-switch]")?.addEventListener("click", switchTheme);
    document.querySelector("[data-retry]")?.addEventListener("click", refresh);
    if (live().length === 0) return;
    setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - loadedAt > REFRESH_MS) refresh();
    });
  });
})();
