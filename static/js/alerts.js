// The bell closes when somebody looks elsewhere; a slider shows its value.
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

  document.addEventListener("input", (event) => {
    const output = document.querySelector(`[data-range-of="${event.target.id}"]`);
    if (output && event.target.id) output.textContent = Number(event.target.value).toFixed(2);
  });
})();
