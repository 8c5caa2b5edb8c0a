// Fragments that refresh while somebody looks, without moving what they look at; and a word when that fails.
(() => {
  "use strict";
  const REFRESH_MS = 30000;
  const PATIENCE = 4;  // rounds: nobody selects for longer, but a forgotten selection must not stop a page on a wall
  const RETRIES_MS = [2000, 5000, 10000, 20000, 30000, 60000];
  const live = () => document.querySelectorAll("[data-live]");
  const main = () => document.getElementById("live");
  const here = () => location.pathname + location.search;
  let loadedAt = new Date();
  let triedAt = Date.now();
  let shown = here();
  let timer = 0;
  let failures = 0;
  let hasFailed = false;  // in this round
  let waited = 0;  // rounds in which the news waited for a selection
  let isLeaving = false;
  let isAsked = false;  // the reader asked for what comes next
  const lost = new Map();  // fragment: why its last refresh failed; another one's success does not make up for it

  // --- Saying so ---
  const reasons = {
    signedOut: ["You are signed out", "Sign in again"],
    forbidden: ["You may no longer see this", ""],
    gone: ["This page is no longer there", ""],
    failed: ["The server failed", "Retry"],
    connection: ["Connection lost", "Retry"],
  };
  const control = (reason, text) => {
    const element = document.createElement(reason === "signedOut" ? "a" : "button");
    element.textContent = text;
    if (reason === "signedOut") element.href = `${banner().dataset.login}?next=${encodeURIComponent(here())}`;
    else { element.type = "button"; element.className = "link"; element.addEventListener("click", refresh); }
    return element;
  };
  const banner = () => document.querySelector("[data-connection]");
  const say = () => {
    const [reason] = lost.values();
    if ((banner().dataset.reason || "") === (reason || "")) return;
    banner().dataset.reason = reason || "";
    if (!reason) { banner().replaceChildren(); return; }
    const [what, action] = reasons[reason];
    const retrying = action === "Retry" ? ", retrying" : "";
    const text = `${what} – showing data of ${qao.formatTime(loadedAt, "since")}${retrying}. `;
    banner().replaceChildren(text, ...(action ? [control(reason, action)] : []));
  };
  const announce = (text) => { document.querySelector("[data-announce]").textContent = text; };

  // --- When ---
  const plan = () => {
    clearTimeout(timer);
    if (document.hidden || live().length === 0) return;
    const wait = lost.size ? RETRIES_MS[Math.min(failures, RETRIES_MS.length) - 1] || RETRIES_MS[0] : REFRESH_MS;
    timer = setTimeout(refresh, wait * (0.9 + 0.2 * Math.random()));
  };
  const refresh = () => {
    hasFailed = false;
    triedAt = Date.now();
    live().forEach((element) => htmx.trigger(element, "qao:refresh"));
    plan();
  };
  const failed = (element, reason) => {
    lost.set(element, reason);
    if (!hasFailed) { hasFailed = true; failures += 1; }
    say();
    plan();
  };
  const succeeded = (element) => {
    lost.delete(element);
    if (lost.size === 0) { failures = 0; loadedAt = new Date(); }
    say();
    plan();
  };

  // --- What is shown ---
  const isSelecting = (element) => {
    const selection = getSelection();
    return !selection.isCollapsed && selection.rangeCount > 0 && selection.getRangeAt(0).intersectsNode(element);
  };
  // What should stay where it is: the field in hand, else what stands highest in the window.
  const lookedAt = (element) => {
    if (window.scrollY === 0) return [];
    const seen = [document.activeElement, ...element.querySelectorAll("section, tr, li, figure, details, form, dl > div")];
    return seen.filter((one) => one !== element && element.contains(one))
      .map((one) => [one, one.getBoundingClientRect().top])
      .filter(([, top]) => top >= 0 && top < window.innerHeight).slice(0, 20);
  };
  const show = (element, html) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    qao.localize(fresh.content);
    const looked = lookedAt(element);
    qao.morphChildren(element, fresh.content);
    // Not the fragment itself: htmx would forget the request that waits for this one's end.
    for (const inner of element.querySelectorAll("[hx-get], [hx-post]")) htmx.process(inner);
    const anchor = looked.find(([seen]) => seen.isConnected);
    if (anchor) window.scrollBy({ top: anchor[0].getBoundingClientRect().top - anchor[1], behavior: "instant" });
    document.dispatchEvent(new CustomEvent("qao:shown", { detail: { target: element } }));
  };

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!detail.elt.matches("[data-live]")) return;
    if (detail.elt.id === "live") detail.path = here();
    if (detail.elt.dataset.version) detail.headers["X-Content-Version"] = detail.elt.dataset.version;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, elt, target } = event.detail;
    if (!elt.matches("[data-live]")) return;
    event.detail.shouldSwap = false;
    const version = xhr.getResponseHeader("X-Content-Version");
    if (xhr.status !== 200 || !version) return;
    if (isSelecting(target) && waited < PATIENCE) { waited += 1; return; }
    waited = 0;
    elt.dataset.version = version;
    const before = target.querySelector(".bell-count")?.textContent;
    show(target, xhr.responseText);
    const after = target.querySelector(".bell-count")?.textContent;
    if (after && before !== undefined && after !== before) announce(`${after} open alerts`);
    if (isAsked && elt === main()) {
      isAsked = false;
      announce(document.getElementById("timeline")?.textContent || "");
    }
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { xhr, successful, elt } }) => {
    if (!elt.matches("[data-live]")) return;
    elt.removeAttribute("aria-busy");
    if (isLeaving) return;  // the browser drops requests when it goes to another page
    const status = xhr.status;
    if (successful && xhr.getResponseHeader("X-Content-Version")) succeeded(elt);
    // A login page in place of the fragment: the session has ended.
    else if (successful || status === 401) failed(elt, "signedOut");
    else failed(elt, status === 403 ? "forbidden" : status === 404 ? "gone" : status >= 400 ? "failed" : "connection");
  });

  // --- Another interval, by the timeline or by going back ---
  const moved = () => {
    if (!main() || here() === shown) return;
    shown = here();
    isAsked = true;
    main().setAttribute("aria-busy", "true");
    getSelection().removeAllRanges();
    htmx.trigger(main(), "qao:refresh");
  };
  document.addEventListener("qao:moved", moved);
  addEventListener("popstate", moved);

  addEventListener("beforeunload", () => {
    isLeaving = true;
    setTimeout(() => { isLeaving = false; }, 5000);  // it was a download
  });
  addEventListener("pageshow", () => { isLeaving = false; });
  addEventListener("online", refresh);
  addEventListener("offline", () => live().forEach((element) => failed(element, "connection")));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - triedAt > REFRESH_MS) refresh();
    else plan();
  });
  document.addEventListener("DOMContentLoaded", plan);
})();
