/* Account security pages: shows passkey errors, and saves recovery codes. Copying is in base.js. */
(() => {
  "use strict";

  const problem = document.querySelector("[data-problem]");

  const say = (kind) => {
    if (problem) problem.textContent = problem.dataset[kind];
  };

  /* The library reports browser errors with this event. */
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const { name } = event.detail.exception;
    say({ NotAllowedError: "stopped", AbortError: "stopped", InvalidStateError: "known", SecurityError: "unsafe" }[name] || "unable");
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("passkey" in button.dataset && problem) problem.textContent = "";
    if ("print" in button.dataset) window.print();
    if ("codesDownload" in button.dataset) download(button);
  });

  /* Enter in the name of a new key clicks the button. */
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button[type=button][data-passkey]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    button.click();
  }, true);

  function download(button) {
    const codes = [...document.querySelectorAll("[data-codes] li")].map((item) => item.textContent.trim());
    const text = `${button.dataset.codesTitle}\n\n${codes.join("\n")}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = button.dataset.codesDownload;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  if (!window.PublicKeyCredential) {
    for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = true;
    if (document.querySelector("[data-passkey]")) say("none");
  }
})();
