/* Emoji: a small list of our own (static/data/emoji.json), searched by name; nothing is fetched from elsewhere. Arrow
   keys move in the grid, Enter inserts (Shift+Enter keeps it open), Escape closes. Recently used ones come first. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const USED = "weni:desk:emoji";
  const MAX_USED = 16;
  const COLUMNS = 8;

  const language = (document.documentElement.lang || "en").slice(0, 2);
  const { fold } = window.weniText;
  const box = () => desk.part("emoji");
  const input = () => box()?.querySelector("input");
  const options = () => [...(box()?.querySelectorAll("[role=option]:not([hidden])") ?? [])];
  const chosen = () => box()?.querySelector("[aria-selected=true]");
  const button = () => desk.root.querySelector("[data-do=emoji]");

  let list = null;

  const load = async () => {
    if (list) return list;
    const response = await fetch(desk.root.dataset.emoji);
    if (!response.ok) throw new Error(String(response.status));
    list = await response.json();
    return list;
  };

  const used = () => {
    try {
      return JSON.parse(localStorage.getItem(USED) || "[]");
    } catch {
      return [];
    }
  };

  const remember = (emoji) => {
    try {
      localStorage.setItem(USED, JSON.stringify([emoji, ...used().filter((other) => other !== emoji)].slice(0, MAX_USED)));
    } catch {
      // Keep the order then.
    }
  };

  const choose = (option) => {
    for (const other of box().querySelectorAll("[role=option]")) other.setAttribute("aria-selected", String(other === option));
    box().querySelector("[data-part=emoji-name]").textContent = option?.getAttribute("aria-label") ?? desk.text("NoEmoji");
    if (!option) return input().removeAttribute("aria-activedescendant");
    input().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const filter = () => {
    const wanted = fold(input().value).split(" ");
    for (const option of box().querySelectorAll("[role=option]")) option.hidden = !wanted.every((word) => option.dataset.words.includes(word));
    choose(options()[0]);
  };

  const close = () => {
    box()?.remove();
    button()?.setAttribute("aria-expanded", "false");
  };

  const insert = (option) => {
    const area = desk.composer();
    if (!option || !area) return;
    remember(option.dataset.emoji);
    area.focus();
    // As if typed, so that it can be undone.
    if (!document.execCommand("insertText", false, option.dataset.emoji)) area.setRangeText(option.dataset.emoji, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  desk.acts.emoji = async () => {
    if (box()) {
      close();
      desk.focusComposer();
      return;
    }
    if (!desk.composer()) return;
    const id = desk.openId();
    let rows;
    try {
      rows = await load();
    } catch {
      desk.toast(desk.text("Failed"), "danger");
      return;
    }
    if (id !== desk.openId() || !desk.composer() || box()) return;
    const first = used();
    const place = (row) => (first.includes(row.emoji) ? first.indexOf(row.emoji) : first.length);
    desk.composer().closest(".composer").prepend(desk.template("emoji"));
    const grid = box().querySelector("[role=listbox]");
    [...rows].sort((one, other) => place(one) - place(other)).forEach((row, i) => {
      const option = document.createElement("div");
      const name = row[language] ?? row.en;
      Object.assign(option, { id: `emoji-${i}`, role: "option", textContent: row.emoji });
      option.setAttribute("aria-label", name);
      Object.assign(option.dataset, { emoji: row.emoji, words: fold(`${name} ${row.en} ${row.emoji}`) });
      grid.append(option);
    });
    button()?.setAttribute("aria-expanded", "true");
    input().focus();
    filter();
  };

  const step = (by) => {
    const all = options();
    if (!all.length) return;
    choose(all[Math.min(all.length - 1, Math.max(0, all.indexOf(chosen()) + by))]);
  };

  const keys = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    ArrowDown: () => step(COLUMNS),
    ArrowUp: () => step(-COLUMNS),
    Enter: (event) => {
      insert(chosen());
      if (event.shiftKey) input().focus();
      else close();
    },
    Escape: () => {
      close();
      desk.focusComposer();
    },
  };

  desk.root.addEventListener("keydown", (event) => {
    if (!box()?.contains(event.target) || !keys[event.key] || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key](event);
  }, true);

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.altKey || event.key.toLowerCase() !== "e") return;
    if (!desk.composer() || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    desk.acts.emoji();
  });

  desk.root.addEventListener("input", (event) => event.target === input() && filter());

  desk.root.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[data-part=emoji] [role=option]");
    if (!option) return;
    event.preventDefault();
    insert(option);
    close();
  });

  desk.root.addEventListener("focusout", (event) => {
    if (event.target !== input()) return;
    setTimeout(() => {
      if (box() && !box().contains(document.activeElement) && document.activeElement !== button()) close();
    }, 0);
  });
})();
