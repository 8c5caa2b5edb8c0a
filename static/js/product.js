// Times in the reader's zone or UTC, numbers with the reader's separators, the theme switch and the menus.
(() => {
  "use strict";
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window forgets */ } };

  // --- Times: in the order and by the clock of the reader's region, in the page's language ---
  const reader = Intl.DateTimeFormat().resolvedOptions();
  const own = reader.timeZone || "UTC";
  const { language, region } = new Intl.Locale(reader.locale).maximize();
  const locale = language === "en" ? reader.locale : [`en-${region}`, "en"];
  const { hourCycle } = new Intl.DateTimeFormat(reader.locale, { hour: "numeric" }).resolvedOptions();
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  let zone = kept("zone") === "UTC" ? "UTC" : own;
  let formats = {};
  const prepare = () => {
    const format = (options, timeZone = zone) => new Intl.DateTimeFormat(locale, { ...options, hourCycle, timeZone });
    formats = {
      datetime: format({ dateStyle: "medium", timeStyle: "short" }),
      short: format({ month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }),
      time: format({ timeStyle: "short" }),
      date: format({ dateStyle: "medium" }),
      day: format({ month: "short", day: "numeric" }, "UTC"),  // days are UTC days
      fullday: format({ dateStyle: "medium" }, "UTC"),
    };
  };
  const age = (moment) => {
    const seconds = Math.min(0, (moment - Date.now()) / 1000);
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (-seconds >= length) return relative.format(Math.ceil(seconds / length), unit);
    }
    return "just now";
  };
  const since = (moment) => formats[formats.date.format(moment) === formats.date.format(new Date()) ? "time" : "date"].format(moment);
  const formatTime = (moment, style) => (style === "age" ? age(moment) : style === "since" ? since(moment) : formats[style].format(moment));
  const showTimes = (within) => {
    for (const element of within.querySelectorAll("time[data-style]")) {
      const text = formatTime(new Date(element.dateTime), element.dataset.style);
      if (element.textContent !== text) element.textContent = text;
    }
  };
  const showZone = () => {
    for (const element of document.querySelectorAll("[data-zone]")) element.textContent = zone;
  };
  const switchZone = () => {
    zone = zone === "UTC" ? own : "UTC";
    keep("zone", zone === "UTC" ? "UTC" : "own");
    prepare();
    showTimes(document);
    showZone();
    document.dispatchEvent(new CustomEvent("qao:zone"));
  };
  prepare();

  // --- Numbers: the server writes 1,234.5; the reader may write 1.234,5 ---
  const parts = Object.fromEntries(new Intl.NumberFormat(reader.locale, { useGrouping: "always", numberingSystem: "latn" }).formatToParts(12345.6).map(({ type, value }) => [type, value]));
  const isOther = parts.group !== "," || parts.decimal !== ".";
  const formatNumber = (text) => (!isOther ? text : text.replace(/\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+/g, (number) =>
    number.replace(/[,.]/g, (sign) => (sign === "," ? parts.group : parts.decimal))));
  const NUMBERS = ".number, .score, .kpi-value, .kpi-change, .tiles dd, .facts dd, .headline, .lane-labels, h2 > .muted, .reasons, .steps td, #timeline-data td";
  const showNumbers = (within) => {
    if (!isOther) return;
    for (const element of within.querySelectorAll(NUMBERS)) {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (node) => (node.parentElement.closest("time") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
      while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.qaoShown === node.nodeValue) continue;  // nested parts are not turned twice
        const text = formatNumber(node.nodeValue);
        if (text !== node.nodeValue) node.nodeValue = text;
        node.qaoShown = text;
      }
    }
  };
  const localize = (within) => { showTimes(within); showNumbers(within); };
  window.qao = { formatTime, formatNumber, localize };

  // --- Theme ---
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    keep("theme", root.dataset.theme);
  };

  // --- Fragments that people ask for, beside those that refresh by themselves ---
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // A login page in place of the fragment: the session has ended.
    if (detail.elt.matches("[data-live]") || new URL(detail.xhr.responseURL, location.href).pathname !== "/login/") return;
    detail.shouldSwap = false;
    location.reload();
  });
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    localize(target.isConnected ? target : document);  // one that has replaced its target has left it behind
  });
  // The button that was pressed is gone with the old fragment: the keyboard goes on in the new one, which is told.
  document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
    const fragment = target.id && document.getElementById(target.id);
    if (!fragment || !("takesFocus" in fragment.dataset)) return;
    if (document.activeElement === document.body) fragment.focus({ preventScroll: true });
    document.querySelector("[data-announce]").textContent = fragment.querySelector(".notice")?.textContent || "";
  });

  document.addEventListener("DOMContentLoaded", () => {
    localize(document);
    showZone();
    // On a phone the menu is pushed sideways: the page that is open stands in its middle.
    const here = document.querySelector(".menu [aria-current]");
    if (here) here.parentElement.scrollLeft = here.offsetLeft - (here.parentElement.clientWidth - here.offsetWidth) / 2;
    document.querySelector("[data-theme-switch]")?.addEventListener("click", switchTheme);
    document.querySelector("[data-zone-switch]")?.addEventListener("click", switchZone);
    setInterval(() => showTimes(document), 60000);  // "3 minutes ago" grows old
  });

  // --- A slider shows its value ---
  document.addEventListener("input", ({ target }) => {
    const output = target.id && document.querySelector(`[data-range-of="${target.id}"]`);
    if (output) output.textContent = Number(target.value).toFixed(2);
  });

  // --- A menu closes when the reader goes elsewhere ---
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== except) menu.open = false;
  };
  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => closeMenus(event.target.closest("details[data-menu]")));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-menu][open]");
    if (open && open.contains(document.activeElement)) open.querySelector("summary").focus();
    closeMenus(null);
  });
})();
