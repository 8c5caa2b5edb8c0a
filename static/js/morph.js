// Makes one tree of nodes equal to another by changing only what differs: focus, selection, scroll positions, open
// details and half-typed fields live on in the nodes that stay. What carries data-own belongs to a script.
(() => {
  "use strict";
  const FAR = 80;  // how many siblings ahead an equal node is looked for

  const isTouched = (field) => {
    if (field.matches("input[type=checkbox], input[type=radio]")) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.matches("input, textarea") && field.value !== field.defaultValue;
  };
  // The reader's, or a script's: not the server's to say.
  const isTheirs = (old, name) => (old.matches("details") && name === "open")
    || (old.matches("canvas") && !name.startsWith("data-") && !name.startsWith("aria-"));

  const morphAttributes = (old, fresh) => {
    const touched = isTouched(old) || (old.matches("option") && old.closest("select") && isTouched(old.closest("select")));
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !isTheirs(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of [...fresh.attributes]) {
      if (old.getAttribute(name) === value || isTheirs(old, name)) continue;
      if (touched && ["value", "checked", "selected"].includes(name)) continue;
      old.setAttribute(name, value);
    }
  };

  const isSame = (old, fresh) => old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && (old.id || "") === (fresh.id || "");

  // Rows and named elements are followed when they move; all else is told by its place.
  const ahead = (old, fresh) => {
    if (fresh.nodeType !== Node.ELEMENT_NODE || !(fresh.id || fresh.matches("tr, li"))) return null;
    let node = old;
    for (let step = 0; node && step < FAR; step += 1, node = node.nextSibling) {
      if (fresh.id ? node.id === fresh.id : node.isEqualNode(fresh)) return node;
    }
    return null;
  };

  const morphChildren = (parent, fresh) => {
    let old = parent.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const found = old && ahead(old, wanted);
      if (found) {
        if (found !== old) {
          // Those in between are gone, or come again further down and are made anew there.
          while (old !== found) { const next = old.nextSibling; old.remove(); old = next; }
        }
        morph(found, wanted);
        old = found.nextSibling;
      } else if (old && isSame(old, wanted) && !ahead(wanted, old)) {
        morph(old, wanted);
        old = old.nextSibling;
      } else {
        parent.insertBefore(document.importNode(wanted, true), old);
      }
    }
    while (old) { const next = old.nextSibling; old.remove(); old = next; }
  };

  const morph = (old, fresh) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (old.hasAttribute("data-own") || old.isEqualNode(fresh)) return;
    morphAttributes(old, fresh);
    morphChildren(old, fresh);
  };

  qao.morphChildren = morphChildren;
})();
