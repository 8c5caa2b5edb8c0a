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
  // A reading that says the same again stays: a button replaced between press and release would lose the click, and
  // a screen reader would say it twice.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const fresh = fragment.getElementById(target.id);
    if (fresh && fresh.innerHTML === target.innerHTML) event.detail.shouldSwap = false;
  });
})();
