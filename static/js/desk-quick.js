/* Quick messages: a slash at the beginning of a word offers shortcuts with the prefix that follows; if there is none,
   those in whose text a word begins so. The button writes that slash. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const { fold } = window.weniText;
  let fetching = "";
  /* What the button wrote and where, until something else stands there. */
  let written = null;

  const filter = (word) => {
    const start = fold(word);
    const all = [...quick.list().querySelectorAll("[role=option]")];
    const hasShortcut = ({ dataset }) => fold(dataset.shortcut).startsWith(start);
    const hasWord = ({ dataset }) => fold(dataset.text).split(/[^\p{L}\p{N}]+/u).some((one) => one.startsWith(start));
    const fits = all.some(hasShortcut) ? hasShortcut : hasWord;
    for (const option of all) option.hidden = !fits(option);
    quick.list().querySelector("[data-none]").hidden = quick.options().length > 0;
    if (!quick.chosen() || quick.chosen().hidden) quick.choose(quick.options()[0]);
  };

  const open = async () => {
    const id = desk.openId();
    if (fetching === id) return;
    fetching = id;
    const answer = await desk.get(desk.ticketUrl(id, "quick/"));
    fetching = "";
    const now = quick.typed();
    if (!answer.ok || id !== desk.openId() || !now || quick.list()) return;
    quick.show(answer.content);
    filter(now.word);
  };

  const quick = desk.suggest({
    part: "quick",
    pattern: /(^|\s)\/([^\s/]*)$/,
    follow: (now) => (quick.list() ? filter(now.word) : open()),
    text: (option) => option.dataset.text,
    escaped: ({ word, from }) => {
      const { slash, at } = written ?? {};
      written = null;
      const field = desk.composer();
      if (word || !slash || at !== from) return;
      const start = from + 1 - slash.length;
      field.setSelectionRange(start, from + 1);
      if (!document.execCommand("delete")) field.setRangeText("", start, from + 1, "end");
    },
    inserted: (option) => {
      if (!option.dataset.quick) return;
      const rows = [...option.querySelectorAll("[data-quick-file]")];
      const files = rows.map(({ dataset: { name, size, type, url = "" } }) => ({ name, size: Number(size), type, url }));
      desk.files.addQuick(option.dataset.quick, option.dataset.shortcut, files);
    },
  });

  desk.acts.quick = () => {
    const field = desk.composer();
    if (!field) return;
    field.focus();
    if (quick.typed()) return open();
    const before = field.value.slice(0, field.selectionStart);
    const slash = !before || /\s$/.test(before) ? "/" : " /";
    written = { slash, at: before.length + slash.length - 1 };
    // As if typed, so that it can be undone.
    if (document.execCommand("insertText", false, slash)) return;
    field.setRangeText(slash, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
})();
