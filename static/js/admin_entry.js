// A rate that could be read in two ways: a click on a reading writes it into the field.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-fill]");
    if (!choice) return;
    const field = document.getElementById(choice.dataset.fill);
    field.value = choice.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
})();
