/* Outgoing messages: shown at once at the end of the conversation, sent one after the other, kept until the server has
   them. Each has a key generated here; the server stores a key once, so resending never duplicates a message, even if
   only the response was lost. Unsent messages survive a reload, and are resent when the person asks for it. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  /* Timeout of a request in milliseconds. */
  const PATIENCE = 20_000;

  const prefix = (ticket) => `weni:unsent:${desk.me}:${ticket}:`;
  const name = (item) => prefix(item.ticket) + item.key;

  /* By ticket, oldest first: {key, ticket, text, note, at, state, error}; the state is waiting, sending, sent, failed.
     */
  const all = new Map();

  const kept = (ticket) => {
    const found = [];
    try {
      for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix(ticket)))) {
        found.push({ ...JSON.parse(localStorage.getItem(key)), ticket, state: "failed", error: "" });
      }
    } catch {
      // Not ours, or no storage.
    }
    return found.sort((one, other) => one.at - other.at);
  };

  const of = (ticket) => {
    if (!all.has(ticket)) all.set(ticket, kept(ticket));
    return all.get(ticket);
  };

  const keep = (item) => {
    const { key, text, note, at } = item;
    try {
      localStorage.setItem(name(item), JSON.stringify({ key, text, note, at }));
    } catch {
      // Full or blocked storage must not interfere with sending.
    }
  };

  const unkeep = (item) => {
    try {
      localStorage.removeItem(name(item));
    } catch {
      // As above.
    }
  };

  const forget = (item) => {
    all.set(item.ticket, of(item.ticket).filter((other) => other !== item));
    unkeep(item);
  };

  /* The end of the conversation, where outgoing messages are shown. */
  const shown = (item) => desk.part("lines")?.querySelector(`[data-pending="${item.key}"]`);

  const show = (item) => {
    if (item.ticket !== desk.openId() || !desk.part("lines") || desk.detached()) return;
    let row = shown(item);
    if (!row) {
      row = desk.template("pending").firstElementChild;
      row.dataset.pending = item.key;
      row.classList.toggle("message--note", item.note);
      row.classList.toggle("message--out", !item.note);
      row.querySelector(".bubble").textContent = item.text;
      desk.part("lines").append(row);
    }
    row.classList.toggle("message--failed", item.state === "failed");
    for (const part of row.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== (item.state === "failed" ? "failed" : "sending");
    row.querySelector("[data-why-not]").textContent = item.error || desk.text("Unsent");
  };

  const hide = (item) => {
    const row = shown(item);
    if (!row) return;
    const focused = row.contains(document.activeElement);
    row.remove();
    if (focused) desk.focusComposer();
  };

  /* Drops messages that the conversation shows by now; moves the others to the end. Called whenever lines were added.
     */
  desk.settleOutgoing = () => {
    const lines = desk.part("lines");
    if (!lines) return;
    for (const item of of(desk.openId())) {
      if (lines.querySelector(`[data-sent-key="${item.key}"]`)) {
        hide(item);
        forget(item);
      } else if (!shown(item) || shown(item).nextElementSibling?.matches(":not([data-pending])")) {
        shown(item)?.remove();
        show(item);
      }
    }
  };

  const change = (item, values) => {
    Object.assign(item, values);
    show(item);
  };

  /* Rejected by the server: resending it unchanged is pointless, so it returns to the composer. */
  const refused = (item, answer) => {
    const said = answer.content.querySelector("[data-refusal]")?.textContent.trim() ?? "";
    if (item.ticket === desk.openId() && desk.write?.(item)) {
      hide(item);
      forget(item);
    } else {
      change(item, { state: "failed", error: said });
    }
    desk.complain(answer);
    if (item.ticket === desk.openId()) desk.refreshFrame();
  };

  /* By ticket, the promise that nothing is on its way any more. */
  const busy = new Map();

  const run = (ticket) => {
    if (!busy.has(ticket)) busy.set(ticket, sendAll(ticket).finally(() => busy.delete(ticket)));
  };

  const sendAll = async (ticket) => {
    for (;;) {
      const item = of(ticket).find((one) => one.state === "waiting");
      if (!item) break;
      change(item, { state: "sending" });
      const data = new FormData();
      data.set("text", item.text);
      data.set("note", item.note ? "1" : "");
      data.set("key", item.key);
      const answer = await desk.post(desk.ticketUrl(ticket, "messages/"), data, { signal: AbortSignal.timeout(PATIENCE) });
      if (!of(ticket).includes(item)) continue; // Its line arrived before the response.
      if (answer.ok) await arrived(item);
      else if (answer.status === 0 || answer.status >= 500 || answer.status === 401) failed(ticket);
      else refused(item, answer);
    }
  };

  /* Waits for what is on its way. */
  desk.outgoingSent = (ticket) => busy.get(ticket);

  /* Whether a message of the ticket did not leave. */
  desk.anyUnsent = (ticket) => of(ticket).some((item) => item.state === "failed");

  /* Keep it visible until its line is there. */
  const arrived = async (item) => {
    unkeep(item);
    change(item, { state: "sent" });
    if (item.ticket === desk.openId()) await desk.refreshLines();
    desk.refreshList();
  };

  /* Later ones fail with it, to preserve the order in which they were written. */
  const failed = (ticket) => {
    for (const item of of(ticket)) if (["waiting", "sending"].includes(item.state)) change(item, { state: "failed", error: "" });
    desk.say(desk.text("Unsent"));
  };

  const send = (item) => {
    change(item, { state: "waiting", error: "" });
    run(item.ticket);
  };

  desk.newKey = () => {
    const bytes = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return bytes.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  desk.sendText = async (ticket, text, note) => {
    const item = { key: desk.newKey(), ticket, text, note, at: Date.now(), state: "waiting", error: "" };
    of(ticket).push(item);
    keep(item);
    send(item);
    // Scroll to one's own message.
    if (desk.detached()) await desk.reloadLines();
    desk.toEnd();
  };

  const find = (button) => {
    const { pending } = button.closest("[data-pending]").dataset;
    return of(desk.openId()).find((item) => item.key === pending);
  };

  /* All earlier failed ones go first. */
  desk.acts.resend = (button) => {
    const items = of(desk.openId());
    for (const item of items.slice(0, items.indexOf(find(button)) + 1)) if (item.state === "failed") change(item, { state: "waiting", error: "" });
    run(desk.openId());
    desk.focusComposer();
  };

  desk.acts.rewrite = (button) => {
    const item = find(button);
    if (!desk.write(item)) return desk.toast(desk.text("Composing"));
    hide(item);
    forget(item);
    desk.focusComposer();
  };

  desk.acts.unsend = (button) => {
    const item = find(button);
    hide(item);
    forget(item);
    desk.focusComposer();
  };
})();
