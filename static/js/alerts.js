// The bell closes when somebody looks elsewhere; a refresh keeps chosen alerts chosen; a slider shows its value.
(() => {
  "use strict";
  const menu = () => document.getElementById("bell-menu");
  document.addEventListener("click", (event) => {
    if (menu()?.open && !menu().contains(event.target)) menu().open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu()?.open) return;
    menu().open = false;
    menu().querySelector("summary").focus();
  });

  let chosen = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "live") return;
    chosen = [...event.detail.target.querySelectorAll("input[name=alert]:checked")].map((box) => box.value);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "live") return;
    for (const box of event.detail.target.querySelectorAll("input[name=alert]")) box.checked = chosen.includes(box.value);
  });

  document.addEventListener("input", (event) => {
    const output = document.querySelector(`[data-range-of="${event.target.id}"]`);
    if (output && event.target.id) output.textContent = Number(event.target.value).toFixed(2);
  });
})();
