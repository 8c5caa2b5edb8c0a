// Runs before the first paint, so that the page does not flash in the other theme.
(() => {
  "use strict";
  const root = document.documentElement;
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  // Where the system brings its own colours, it alone knows whether they are dark.
  const theme = matchMedia("(forced-colors: active)").matches ? null : stored();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  // Paper is light and narrow; charts are redrawn whenever the theme is set.
  let shown;
  addEventListener("beforeprint", () => {
    shown = root.dataset.theme;
    root.dataset.printing = document.querySelector("[data-zone]")?.textContent || "UTC";
    root.dataset.printed = window.qao?.formatTime(new Date(), "datetime") || "";  // "5 minutes ago" means nothing without it
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    delete root.dataset.printing;
    delete root.dataset.printed;
    if (shown) root.dataset.theme = shown; else delete root.dataset.theme;
  });
})();
