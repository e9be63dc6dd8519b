/* The supervision page of all queues: waiting times that keep counting and change colour at the target, selecting
   tickets, and bulk actions on them: in small batches, to show progress and stay responsive. */
(() => {
  "use strict";

  const list = document.querySelector("[data-lines]");
  if (!list) return;
  const bar = document.querySelector("[data-bulk]");
  const dialog = document.querySelector("[data-bulk-dialog]");
  const ready = window.weniChoices(dialog);
  const text = (name) => list.dataset[`text${name}`] || "";
  const toast = (words, level) => window.weni?.showToast({ text: words, level });
  const PORTION = 10;

  /* Ages keep counting; wait.js sets their colours. */
  const tick = () => window.weniAgo(list, text("Now"));

  setInterval(tick, 5_000);

  /* Selected tickets stay selected when the list is refetched, as long as they are in it. */
  const chosen = new Map();
  const boxes = () => [...list.querySelectorAll("[data-one]")];

  const show = () => {
    const here = boxes();
    for (const box of here) box.checked = chosen.has(box.value);
    const all = list.querySelector("[data-all]");
    const marked = here.filter((box) => box.checked).length;
    if (all) {
      all.checked = Boolean(marked) && marked === here.length;
      all.indeterminate = Boolean(marked) && marked < here.length;
    }
    bar.hidden = !chosen.size;
    document.querySelector("[data-bulk-count]").textContent = chosen.size ? text("Chosen").replace("{n}", chosen.size) : "";
  };

  const choose = (box) => {
    if (box.checked) chosen.set(box.value, box.closest("[data-row]").dataset.name);
    else chosen.delete(box.value);
  };

  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      for (const box of boxes()) {
        box.checked = event.target.checked;
        choose(box);
      }
    } else if (event.target.matches("[data-one]")) choose(event.target);
    else return;
    show();
  });

  document.querySelector("[data-bulk-none]").addEventListener("click", () => {
    chosen.clear();
    show();
    list.querySelector("[data-all]")?.focus();
  });

  /* A swap doesn't disturb the user: the focus stays on the same control, open parts stay open. */
  let held = null;

  // On a phone those who wait come first; how many wait where is one press away.
  const narrow = matchMedia("(max-width: 47.99rem)").matches;
  const fold = () => {
    const part = list.querySelector("[data-keep]");
    if (part && narrow && !part.querySelector("[aria-current]")) part.open = false;
  };
  fold();

  const mark = (element) => {
    const row = element?.closest?.("[data-row]");
    const kind = ["one", "hand", "take", "all"].find((name) => element.matches?.(`[data-${name}]`));
    return kind && { kind, row: row?.dataset.row ?? "" };
  };

  const hold = () => {
    held = { at: mark(document.activeElement), open: list.querySelector("[data-keep]")?.open };
  };

  const settle = () => {
    const present = new Set(boxes().map((box) => box.value));
    for (const id of chosen.keys()) if (!present.has(id) && !dialog.open) chosen.delete(id);
    const part = list.querySelector("[data-keep]");
    if (part && held?.open !== undefined) part.open = held.open;
    const at = held?.at;
    if (at) (at.row ? list.querySelector(`[data-row="${at.row}"] [data-${at.kind}]`) : list.querySelector(`[data-${at.kind}]`))?.focus({ preventScroll: true });
    held = null;
    tick();
    show();
  };

  list.addEventListener("htmx:before:swap", hold);
  document.addEventListener("htmx:after:swap", settle);
  document.addEventListener("filters:before", hold);
  document.addEventListener("filters:applied", settle);

  /* Requests. */
  const request = async (url, body) => {
    const headers = { "X-Requested-With": "lines", "X-CSRFToken": list.dataset.token };
    try {
      const response = await fetch(url, { method: body ? "POST" : "GET", body, headers, cache: "no-store" });
      if (response.redirected) window.weniSession?.check();
      const content = document.createElement("template");
      if (response.status < 500 && response.status !== 204) content.innerHTML = await response.text();
      return { ok: response.ok && !response.redirected, status: response.status, content: content.content };
    } catch {
      return { ok: false, status: 0, content: document.createDocumentFragment() };
    }
  };

  const complain = (answer) =>
    toast(answer.content.querySelector("[data-refusal]")?.textContent.trim() || text("Failed"), "danger");

  const fetchAgain = () => window.htmx?.trigger(list, "refresh");

  /* The confirmation dialog, for the tickets selected when it was opened. */
  let ids = [];

  /* Closing throws drafts away: asked first. */
  const guard = (button) => {
    if (!button || !ids.some(window.weniDrafts.any)) return;
    Object.assign(button.dataset, { confirm: text("DraftLost"), confirmTitle: text("DraftTitle"), confirmOk: text("DraftClose"), confirmDanger: "" });
  };

  const fill = (content) => {
    dialog.replaceChildren(content);
    window.weniLayers.openDialog(dialog);
    dialog.querySelector("[autofocus]")?.focus();
    ready();
    guard(dialog.querySelector("form[data-act=close] [data-send]"));
  };

  const ask = async (act, wanted) => {
    ids = wanted;
    const query = new URLSearchParams(wanted.map((id) => ["tickets", id]));
    const answer = await request(`${list.dataset[`${act}Url`]}?${query}`);
    if (answer.ok) fill(answer.content);
    else complain(answer);
  };

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-bulk-do]");
    if (button) ask(button.dataset.bulkDo, [...chosen.keys()]);
  });

  list.addEventListener("click", async (event) => {
    const transfer = event.target.closest("[data-transfer]");
    if (transfer) {
      ask("transfer", [transfer.dataset.transfer]);
      return;
    }
    const take = event.target.closest("[data-take]");
    if (!take) return;
    take.setAttribute("aria-busy", "true");
    const place = `${list.dataset.deskUrl}${take.dataset.take}/`;
    const answer = await request(`${place}take/`, new URLSearchParams());
    take.removeAttribute("aria-busy");
    if (answer.ok) location.assign(place);
    else {
      complain(answer);
      fetchAgain();
    }
  });

  /* The action, batch by batch. A batch rejected as a whole (no tag, say) returns the form, before anything is done;
     later rejections are listed and stay selected. */
  const portion = (form, part) => {
    const data = new URLSearchParams(new FormData(form));
    for (const id of part) data.append("tickets", id);
    return request(form.action, data);
  };

  const name = (outcome, names) => {
    const slot = outcome.querySelector("[data-of-name]");
    if (!slot.textContent) slot.textContent = names.get(outcome.dataset.of) ?? "";
  };

  const run = async (form) => {
    const all = ids;
    const names = new Map(chosen);
    form.setAttribute("aria-busy", "true");
    let answer = await portion(form, all.slice(0, PORTION));
    form.removeAttribute("aria-busy");
    if (answer.content.querySelector("form[data-act]")) {
      fill(answer.content);
      return;
    }
    if (!answer.ok) {
      complain(answer);
      return;
    }
    fill(document.querySelector("template[data-bulk-progress]").content.cloneNode(true));
    const progress = dialog.querySelector("progress");
    const state = dialog.querySelector("[data-bulk-status]");
    const results = dialog.querySelector("[data-bulk-outcomes]");
    dialog.dataset.busy = "";
    dialog.querySelector("[data-bulk-title]").focus();
    let done = 0;
    let at = 0;
    while (answer.ok) {
      for (const outcome of [...answer.content.querySelectorAll("[data-outcome]")]) {
        name(outcome, names);
        if (outcome.dataset.outcome === "done") {
          done += 1;
          chosen.delete(outcome.dataset.of);
          if (form.dataset.act === "close") window.weniDrafts.forget(outcome.dataset.of);
          results.append(outcome);
        } else results.prepend(outcome);
      }
      at = Math.min(at + PORTION, all.length);
      progress.max = all.length;
      progress.value = at;
      state.textContent = text("Result").replace("{done}", done).replace("{all}", all.length);
      if (at >= all.length) break;
      answer = await portion(form, all.slice(at, at + PORTION));
    }
    delete dialog.dataset.busy;
    if (!answer.ok) state.textContent += ` ${text("Broken")}`;
    dialog.querySelector("[data-bulk-title]").textContent = text("Result").replace("{done}", done).replace("{all}", all.length);
    progress.hidden = true;
    const end = dialog.querySelector("[data-dialog-close]");
    end.hidden = false;
    end.focus();
    show();
  };

  // On the dialog, so that base.js, which listens on the document, doesn't mark the form as being submitted.
  dialog.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-act]")) return;
    event.preventDefault();
    if (!form.hasAttribute("aria-busy")) run(form);
  });

  // The dialog stays open while it is running.
  dialog.addEventListener("cancel", (event) => "busy" in dialog.dataset && event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    fetchAgain();
  });

  tick();
  show();
})();
