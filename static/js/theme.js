// Runs before the first paint, so that the page does not flash in the other theme.
(() => {
  "use strict";
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const theme = stored();
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
