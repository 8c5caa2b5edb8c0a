// The search box: "/" leads to it, arrows choose among the suggestions, Enter opens, Escape closes.
(() => {
  "use strict";
  const box = () => document.getElementById("search");
  const list = () => document.getElementById("search-options");
  const options = () => [...list().querySelectorAll("[role=option]")];
  const chosen = () => list().querySelector("[aria-selected=true]");

  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (!option) { box().removeAttribute("aria-activedescendant"); return; }
    box().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const show = (open) => {
    list().hidden = !open;
    box().setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  };
  const move = (step) => {
    const all = options();
    if (all.length === 0) return;
    show(true);
    const at = all.indexOf(chosen());
    choose(all[at === -1 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
  };
  const announce = () => {
    const count = options().length;
    document.querySelector("[data-search-count]").textContent = count ? `${count} suggestion${count === 1 ? "" : "s"}` : "No suggestion";
  };
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box() || isTyping(event.target)) return;
    event.preventDefault();
    box().focus();
    box().select();
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (!box()) return;
    box().addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && chosen()) {
        event.preventDefault();
        location.assign(chosen().dataset.url);
      } else if (event.key === "Escape") {
        event.preventDefault();  // a search field would lose its text with the suggestions
        if (!list().hidden) show(false); else if (box().value) box().value = ""; else box().blur();
      }
    });
    box().addEventListener("focus", () => { if (options().length > 0) show(true); });
    list().addEventListener("mousedown", (event) => event.preventDefault());  // the box keeps the focus
    list().addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.assign(option.dataset.url);
    });
    document.addEventListener("focusin", (event) => { if (!event.target.closest("[data-search]")) show(false); });
    document.addEventListener("click", (event) => { if (!event.target.closest("[data-search]")) show(false); });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== list()) return;
    // A login page in place of the suggestions: the session has ended.
    if (!event.detail.xhr.getResponseHeader("X-Content-Version")) { event.detail.shouldSwap = false; location.reload(); }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== list()) return;
    qao.localize(list());
    show(document.activeElement === box() && options().length > 0);
    announce();
  });
})();
