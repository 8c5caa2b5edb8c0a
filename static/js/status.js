// The public status page renews itself while somebody looks; nothing on it can lose its place.
(() => {
  "use strict";
  const EVERY_MS = 60000;
  setInterval(() => { if (!document.hidden) location.reload(); }, EVERY_MS);
})();
