/* The list of tickets is one tab stop: the arrow keys, Home and End move in it, over tickets and the heads of groups.
   The open ticket stays in view when the list changes. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const list = () => desk.part("worklist");
  const shown = (element) => element.offsetParent !== null;
  const entries = () => [...list().querySelectorAll("a[data-ticket], summary")].filter(shown);
  const entryOf = (element) => element?.closest("a[data-ticket], summary") ?? element?.closest("li")?.querySelector("a[data-ticket]");

  /* The entry that Tab leads to: where the focus is or was, else the open ticket, else the first. A button beside a
     ticket follows it. */
  let key = "";
  const rove = () => {
    const all = entries();
    const stop = all.find((entry) => entry.dataset.key === key) ?? all.find((entry) => entry.matches("[aria-current]")) ?? all[0];
    for (const entry of all) {
      entry.tabIndex = entry === stop ? 0 : -1;
      for (const button of entry.closest("li")?.querySelectorAll("button") ?? []) if (entry.matches("a")) button.tabIndex = entry.tabIndex;
    }
  };

  desk.rove = rove;

  desk.root.addEventListener("focusin", (event) => {
    const entry = list().contains(event.target) ? entryOf(event.target) : null;
    if (!entry || entry.dataset.key === key) return;
    key = entry.dataset.key;
    rove();
  });

  desk.root.addEventListener("toggle", (event) => list().contains(event.target) && rove(), true);

  const TO = {
    ArrowDown: (all, at) => all[at + 1],
    ArrowUp: (all, at) => all[at - 1],
    Home: (all) => all[0],
    End: (all) => all.at(-1),
  };

  desk.root.addEventListener("keydown", (event) => {
    if (!TO[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (!list().contains(event.target)) return;
    const all = entries();
    const at = all.indexOf(entryOf(event.target));
    if (at < 0) return;
    event.preventDefault();
    const next = TO[event.key](all, at);
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  });

  /* Another ticket is open, or the open one has another place: show it, unless somebody has scrolled it out of view
     themselves. */
  let before = { id: "", place: -1 };
  const follow = () => {
    const all = desk.items();
    const place = all.findIndex((item) => item.dataset.ticket === desk.openId());
    const changed = before.id !== desk.openId() || before.place !== place;
    before = { id: desk.openId(), place };
    if (changed && place >= 0 && shown(all[place])) all[place].scrollIntoView({ block: "nearest" });
  };

  const markOpen = desk.markOpen;
  desk.markOpen = () => {
    const moved = before.id !== desk.openId();
    markOpen();
    // The list leads to what is open now, unless one is moving in it.
    if (moved && !list().contains(document.activeElement)) key = desk.openId();
    rove();
    follow();
  };

  addEventListener("DOMContentLoaded", () => {
    rove();
    follow();
  });
})();
