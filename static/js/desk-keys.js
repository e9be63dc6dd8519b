/* Keyboard shortcuts. Single letters can be disabled in their help, since they interfere with speech input. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const OFF = "weni:desk:no-keys";
  const writing = (element) => element?.closest?.("input, textarea, select, [contenteditable]");

  const move = (step) => {
    const items = desk.items().filter((item) => item.offsetParent !== null);
    if (!items.length) return;
    const from = items.indexOf(document.activeElement);
    const current = from >= 0 ? from : items.findIndex((item) => item.dataset.ticket === desk.openId());
    const next = items[Math.min(items.length - 1, Math.max(0, current + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const press = (act) => {
    const button = [...desk.root.querySelectorAll(`[data-do="${act}"]`)].find((element) => element.offsetParent !== null);
    button?.click();
    return Boolean(button);
  };

  const mode = (name) => desk.root.querySelector(`[data-mode-button="${name}"]`)?.click();

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    r: () => mode("reply"),
    n: () => mode("note"),
    c: () => press("close"),
    t: () => press("transfer"),
    f: () => {
      const input = desk.root.querySelector("[data-key=add-files]");
      if (input?.offsetParent) input.click();
    },
    s: () => desk.acts.find(),
    a: () => desk.part("conversation").querySelector("[data-do=take]")?.click(),
    "?": () => desk.acts.keys(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && writing(event.target)) {
      // On a phone the list isn't beside the conversation.
      const seen = [desk.item(desk.openId()), ...desk.items(), desk.part("head")].find((element) => element?.offsetParent);
      seen?.focus();
      return;
    }
    if (writing(event.target) || localStorage.getItem(OFF)) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  desk.root.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-on]")) return;
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });

  const keysDialog = desk.part("dialog");
  new MutationObserver(() => {
    const box = keysDialog.querySelector("[data-keys-on]");
    if (box) box.checked = !localStorage.getItem(OFF);
  }).observe(keysDialog, { childList: true });
})();
