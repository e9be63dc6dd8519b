// Tells the server the browser's time zone. If the page was rendered for another one, it is fetched again, once.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = document.querySelector("[data-zone]");
  if (!zone || !shown || shown.dataset.zone === zone) return;
  const told = `zone=${zone}`;
  if (document.cookie.split("; ").includes(told)) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${told}; path=/; max-age=31536000; samesite=lax${secure}`;
  if (document.cookie.split("; ").includes(told)) location.reload();
})();
