/* The desk: one page with three panes that stays while tickets come and go.

   The server renders every pane; this file fetches the pane that an event affects (static/js/live.js) and swaps it in
   without losing focus, typed text or the scroll position. Elements are found by data-part, actions by data-do; classes
   are for styling only. The other desk-*.js files extend the object `desk` created here. */
(() => {
  "use strict";

  const root = document.querySelector("[data-desk]");
  if (!root) return;

  const desk = { root, me: root.dataset.me };
  window.weniDesk = desk;

  desk.part = (name) => root.querySelector(`[data-part="${name}"]`);
  desk.text = (name) => root.dataset[`text${name}`] || "";
  desk.openId = () => root.dataset.open || "";
  desk.url = (path = "") => `${root.dataset.url}${path}`;
  desk.ticketUrl = (id, path = "") => desk.url(`${id}/${path}`);
  desk.say = (text) => { desk.part("announce").textContent = text; };
  desk.toast = (text, level = "info") => window.weni?.showToast({ text, level });

  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  /* Fetching. Every response is {ok, status, content, text()}; a login page as response ends the page (static/js/session.js). */
  const request = async (url, options = {}) => {
    const headers = { "X-Requested-With": "desk", ...options.headers };
    try {
      const response = await fetch(url, { cache: "no-store", ...options, headers });
      if (response.redirected && new URL(response.url).pathname.startsWith("/accounts/")) {
        window.weni.sessionEnded();
        return { ok: false, status: 401, content: parse("") };
      }
      // Don't insert an error page.
      const html = response.status === 204 || response.status >= 500 ? "" : await response.text();
      return { ok: response.ok, status: response.status, content: parse(html), response };
    } catch {
      return { ok: false, status: 0, content: parse("") };
    }
  };

  desk.get = (url, options) => request(url, options);

  /* If a fetch caused by an event fails, it is repeated later (static/js/live.js). */
  desk.missed = (answer) => {
    if (!answer.status || answer.status >= 500) document.body.dispatchEvent(new CustomEvent("live:missed"));
  };

  desk.post = (url, data = new FormData(), options = {}) => {
    const body = new URLSearchParams(data);
    return request(url, {
      ...options,
      method: "POST",
      body,
      headers: { "X-CSRFToken": root.querySelector("[name=csrfmiddlewaretoken]").value },
    });
  };

  /* Shows why something was rejected: the server's message, or that there is no connection. */
  desk.complain = (answer) => {
    const said = answer.content.querySelector("[data-refusal]")?.textContent.trim();
    if (said) desk.toast(said, "danger");
    else if (answer.status === 0) desk.toast(desk.text("Offline"), "danger");
    else desk.toast(desk.text("Failed"), "danger");
  };

  /* Runs one at a time; calls during a run cause one more afterwards, with a delay if that is frequent. So responses
     never overtake each other, and a busy project doesn't keep a page busy. */
  desk.once = (work, rest = 0) => {
    let running = null;
    let wanted = false;
    return () => {
      wanted = true;
      running ??= (async () => {
        try {
          while (wanted) {
            wanted = false;
            await work();
            if (wanted && rest) await new Promise((done) => { setTimeout(done, rest); });
          }
        } finally {
          running = null;
        }
      })();
      return running;
    };
  };

  /* Replaces an element's content; the focus stays on the control with the same data-key. */
  desk.fill = (element, content) => {
    const key = element.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : null;
    const scroll = element.scrollTop;
    element.replaceChildren(content);
    element.scrollTop = scroll;
    if (key) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  };

  /* What is folded away, and what is open, stays so. */
  const folded = () => JSON.parse(localStorage.getItem("weni:desk:folded") || "{}");

  const fold = (element) => {
    const state = folded();
    for (const part of element.querySelectorAll("details[data-fold]")) {
      if (part.dataset.fold in state) part.open = state[part.dataset.fold];
    }
  };

  root.addEventListener("toggle", (event) => {
    const part = event.target;
    if (!part.matches?.("details[data-fold]") || !part.isConnected) return;
    localStorage.setItem("weni:desk:folded", JSON.stringify({ ...folded(), [part.dataset.fold]: part.open }));
  }, true);

  /* The list of tickets. */
  desk.refreshList = desk.once(async () => {
    const answer = await desk.get(desk.url(`worklist/?open=${desk.openId()}`));
    if (!answer.ok) return desk.missed(answer);
    fold(answer.content);
    desk.fill(desk.part("worklist"), answer.content);
    desk.markOpen();
    desk.listChanged?.();
    // A ticket that had gone is back: what had been typed comes back with it.
    const lost = root.dataset.lost;
    if (lost && desk.item(lost)) await desk.open(lost, { push: false, focus: false, view: shownView() });
  }, 150);

  desk.items = () => [...desk.part("worklist").querySelectorAll("[data-ticket]")];
  desk.item = (id) => desk.items().find((item) => item.dataset.ticket === id);
  desk.mine = () => desk.items().filter((item) => "mine" in item.dataset);

  desk.markOpen = () => {
    for (const item of desk.items()) {
      if (item.dataset.ticket === desk.openId()) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  };

  /* On a phone one pane is shown at a time. */
  const VIEWS = ["list", "conversation", "contact"];
  desk.view = (name) => {
    for (const view of VIEWS) root.classList.toggle(`desk--${view}`, view === name);
  };

  const shownView = () => VIEWS.find((view) => root.classList.contains(`desk--${view}`));

  let leaveSide = () => {};

  desk.template = (name) => root.querySelector(`template[data-template="${name}"]`).content.cloneNode(true);

  /* Conversation and contact together, from a response or a template. */
  const showPanes = (content) => {
    leaveSide();
    fold(content);
    for (const name of ["conversation", "side"]) desk.part(name).replaceWith(content.querySelector(`[data-part="${name}"]`));
  };

  /* `desk.handingOn` is a ticket that this page itself is closing or transferring: losing it needs no notice, and
     nothing of it is asked for any more. */
  desk.handingOn = "";
  desk.liveId = () => (desk.openId() === desk.handingOn ? "" : desk.openId());
  desk.showLost = () => {
    if (desk.openId() && desk.openId() === desk.handingOn) return;
    showPanes(desk.template("lost"));
    root.dataset.lost = desk.openId();
    root.dataset.open = "";
    desk.markOpen();
    desk.say(desk.text("Lost"));
  };

  /* The address names what is shown. */
  const place = (id) => (id ? desk.ticketUrl(id) : desk.url());
  const address = (id) => location.pathname === place(id) || window.weniLayers.push({ ticket: id }, place(id));

  let opening = 0;

  desk.leave = ({ push = true } = {}) => {
    root.dataset.open = "";
    root.dataset.lost = "";
    showPanes(desk.template("empty"));
    desk.view("list");
    desk.markOpen();
    opening += 1;
    root.removeAttribute("aria-busy");
    if (push) address("");
  };

  /* Opens a ticket beside the list. */
  desk.open = async (id, { push = true, focus = true, view = "conversation" } = {}) => {
    const turn = ++opening;
    root.setAttribute("aria-busy", "true");
    const answer = await desk.get(desk.ticketUrl(id, "panes/"));
    if (turn !== opening) return;
    root.removeAttribute("aria-busy");
    const gone = answer.status === 404 || answer.status === 403;
    if (!gone && !answer.ok) {
      desk.complain(answer);
      // Back or Forward has changed the address already.
      if (!push) history.replaceState({ ticket: desk.openId() }, "", place(desk.openId()));
      return;
    }
    if (push) address(id);
    if (gone) {
      root.dataset.open = "";
      desk.showLost();
      desk.view("conversation");
      return;
    }
    root.dataset.open = id;
    root.dataset.lost = "";
    showPanes(answer.content);
    desk.view(view);
    desk.markOpen();
    desk.opened?.({ focus });
  };

  /* Everything around the lines: header, footer and side panel. The footer isn't replaced while it is unchanged, so
     that typed text and focus are kept. */
  desk.refreshFrame = desk.once(async () => {
    const id = desk.liveId();
    if (!id) return;
    const answer = await desk.get(desk.ticketUrl(id, "frame/"));
    if (id !== desk.openId()) return;
    if (answer.status === 404 || answer.status === 403) return desk.showLost();
    if (!answer.ok) return desk.missed(answer);
    fold(answer.content);
    for (const name of ["head", "foot", "side"]) {
      const now = desk.part(name);
      const next = answer.content.querySelector(`[data-part="${name}"]`);
      if (!now || !next || (next.dataset.state && next.dataset.state === now.dataset.state)) continue;
      const held = now.contains(document.activeElement);
      for (const attribute of next.attributes) now.setAttribute(attribute.name, attribute.value);
      desk.fill(now, parse(next.innerHTML));
      if (name === "foot") desk.footChanged?.(held);
    }
  });

  /* Events. They contain ids; what they mean for this page is decided here. */
  document.body.addEventListener("live:ticket", async (event) => {
    desk.refreshList();
    if (event.detail.ticket !== desk.openId()) return;
    // First whether one still sees it: then nothing more of it is asked for.
    await desk.refreshFrame();
    desk.refreshLines();
  });

  document.body.addEventListener("live:message", (event) => {
    const { ticket, what } = event.detail;
    if (!["delivery", "note", "automatic", "media"].includes(what)) desk.refreshList();
    if (ticket !== desk.openId()) return;
    if (what === "history") desk.reloadLines();
    else if (what === "fields") desk.refreshFrame();
    else if (what === "media") desk.refreshMedia();
    else if (what !== "read") desk.refreshLines();
  });

  document.body.addEventListener("live:status", () => {
    desk.refreshList();
    if (root.querySelector("[data-why]")) desk.refreshFrame();
  });

  // A mention may show a ticket that was out of sight.
  document.body.addEventListener("live:mention", () => desk.refreshList());

  document.body.addEventListener("live:resync", () => {
    desk.refreshList();
    if (!desk.openId()) return;
    desk.refreshFrame();
    desk.refreshMedia();
  });

  /* After closing or transferring: open the ticket at the top of the list, once it is known. */
  desk.openNext = async () => {
    await desk.refreshList();
    const next = desk.mine()[0];
    if (next) await desk.open(next.dataset.ticket);
    else desk.leave();
  };

  /* Actions. */
  const take = async (button) => {
    const id = button.dataset.ticketId;
    button.setAttribute("aria-busy", "true");
    const answer = await desk.post(desk.ticketUrl(id, "take/"));
    button.removeAttribute("aria-busy");
    if (!answer.ok) desk.complain(answer);
    await desk.refreshList();
    if (answer.ok) await desk.open(id, { push: desk.openId() !== id });
    else if (desk.openId() === id) desk.refreshFrame();
  };

  desk.acts = {
    take,
    list: () => {
      desk.leave();
      desk.items()[0]?.focus({ preventScroll: true });
    },
    side: () => {
      leaveSide = window.weniLayers.add(() => desk.view("conversation"));
      desk.view("contact");
      desk.part("side")?.focus({ preventScroll: true });
    },
    conversation: () => {
      leaveSide();
      desk.view("conversation");
    },
  };

  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-ticket]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      desk.open(link.dataset.ticket);
      return;
    }
    const button = event.target.closest("[data-do]");
    if (!button || button.disabled) return;
    // A link that is asked for elsewhere goes there.
    if (button.matches("a[href]") && (event.metaKey || event.ctrlKey || event.shiftKey)) return;
    event.preventDefault();
    desk.acts[button.dataset.do]?.(button, event);
  });

  /* Back and Forward; Back from a dialog or the contact's pane never gets here (static/js/layers.js). */
  addEventListener("popstate", () => {
    const path = location.pathname.slice(new URL(desk.url(), location).pathname.length);
    const id = path.replace("/", "");
    if (id && id === desk.openId()) desk.view("conversation");
    else if (id) desk.open(id, { push: false });
    else desk.leave({ push: false });
  });

  addEventListener("DOMContentLoaded", () => {
    fold(root);
    if (desk.openId()) desk.opened?.({ focus: false });
    desk.listChanged?.();
  });
})();
