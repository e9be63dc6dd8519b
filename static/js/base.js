/* Behaviour of every page, enabled by attributes in its markup (docs/design.md, Behaviour): confirmation, toasts,
   focus after errors, busy buttons, copying, forms that submit themselves. Listeners are on the
   document, so content swapped in by htmx needs no set-up. */
(() => {
  "use strict";

  const $ = (selector, from = document) => from.querySelector(selector);

  /* Keys of an input method belong to it: Enter there chooses a word and sends nothing, in whatever field. Safari ends
     the composition before the key that ended it, which only its code tells. */
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) event.stopImmediatePropagation();
  }, true);

  /* Confirmation: data-confirm on a form, a button or a link. In the capture phase, before htmx and the browser's own
     submission. */
  const confirmed = new WeakSet();
  let resume = null;

  const ask = (element, then) => {
    const dialog = $("#confirm");
    const { confirm, confirmTitle, confirmOk } = element.dataset;
    const title = $("[data-confirm-slot=title]", dialog);
    const ok = $("[data-confirm-slot=ok]", dialog);
    title.textContent = confirmTitle || title.dataset.default;
    $("[data-confirm-slot=text]", dialog).textContent = confirm;
    ok.textContent = confirmOk || ok.dataset.default;
    ok.classList.toggle("btn-danger", "confirmDanger" in element.dataset);
    ok.classList.toggle("btn-primary", !("confirmDanger" in element.dataset));
    resume = then;
    dialog.returnValue = "";
    window.weniLayers.openDialog(dialog);
  };

  const halt = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const submitter = event.submitter;
    const asking = submitter?.hasAttribute("data-confirm") ? submitter : form;
    if (!asking.dataset.confirm || confirmed.delete(form)) return;
    halt(event);
    ask(asking, () => resubmit(form, submitter));
  }, true);

  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-confirm]:not(form)");
    if (!element || (element.form && element.type === "submit")) return;
    if (confirmed.delete(element)) return;
    halt(event);
    ask(element, () => {
      confirmed.add(element);
      element.click();
    });
  }, true);

  /* Sends a form that was held back once more, without asking again. */
  const resubmit = (form, submitter) => {
    confirmed.add(form);
    form.requestSubmit(submitter);
    confirmed.delete(form);
  };

  $("#confirm")?.addEventListener("close", (event) => {
    const then = resume;
    resume = null;
    if (event.target.returnValue === "ok") then?.();
  });

  /* Tabs that don't fit: the open one is in sight. */
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }

  /* What adds to a list: it opens at its first field, and closes by its Cancel. */
  const toFirstField = (adder) => {
    const fields = [...adder.querySelectorAll("input, select, textarea")];
    if (adder.open) fields.find((field) => field.checkVisibility() && field.type !== "hidden")?.focus();
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-adder-open]");
    if (opener) {
      const adder = $(opener.dataset.adderOpen);
      adder.open = true;
      toFirstField(adder);
      return;
    }
    const adder = event.target.closest("details.adder");
    if (!adder) return;
    if (event.target.closest("summary")) {
      adder.addEventListener("toggle", () => toFirstField(adder), { once: true });
    } else if (event.target.closest("[data-adder-close]")) {
      adder.open = false;
      const summary = $("summary", adder);
      (summary.checkVisibility() ? summary : $(".adders > button", adder.parentElement)).focus();
    }
  });

  const openFilled = (target) => {
    const dialog = target?.closest?.("[data-dialog-auto]");
    if (dialog && dialog.textContent.trim()) window.weniLayers.openDialog(dialog);
  };

  /* Toasts: from the server's messages, or the event showToast with {text, level, title} (HX-Trigger or script). With
     undo, a path, the toast offers to post there; with link and label, to go there. They disappear after a while, unless
     hovered or focused; of many only the newest are shown. */
  const STAY = 6_000;
  const LONGER = 20_000;  // errors, and if there is something to decide
  const MOST = 3;
  let toasts = [];  // the newest last
  const ICONS = { success: "success", error: "danger", danger: "danger", warning: "warning", info: "info", debug: "info" };

  const leave = (toast) => {
    toast.classList.add("toast-note--leaving");
    setTimeout(() => toast.remove(), 200);
  };

  const live = (toast) => {
    let timer = 0;
    const decides = $(".toast-note__undo:not([hidden]), .toast-note__link:not([hidden])", toast);
    const stay = decides || toast.dataset.level === "danger" ? LONGER : STAY;
    const hold = () => clearTimeout(timer);
    const start = () => {
      hold();
      timer = setTimeout(() => (toast.matches(":hover, :focus-within") ? start() : leave(toast)), stay);
    };
    for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, hold);
    for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, start);
    start();
  };

  // The newest popover is on top: show this one again above a dialog opened since.
  const raise = () => {
    const region = $(".toasts");
    if (!region.matches(":popover-open")) region.showPopover();
    else if ($("dialog:modal")) {
      region.hidePopover();
      region.showPopover();
    }
  };

  const showToast = ({ text, level = "info", title = "", undo = "", link = "", label = "" }) => {
    const template = $("#toast-template");
    const toast = template.content.firstElementChild.cloneNode(true);
    if (undo) {
      const form = $(".toast-note__undo", toast);
      form.action = undo;
      const token = document.createElement("input");
      Object.assign(token, { type: "hidden", name: "csrfmiddlewaretoken", value: template.dataset.token });
      form.append(token);
      form.hidden = false;
    }
    if (link) {
      const way = $(".toast-note__link", toast);
      Object.assign(way, { href: link, textContent: label, hidden: false });
    }
    toast.dataset.level = ICONS[level] || "info";
    $("[data-toast-slot=title]", toast).textContent = title;
    $("[data-toast-slot=text]", toast).textContent = text;
    raise();
    // Screen readers announce text added to an existing region; a region inserted with its text isn't always announced.
    $(toast.dataset.level === "danger" ? "#toasts-urgent" : "#toasts").append(toast);
    live(toast);
    toasts = [...toasts.filter((one) => one.isConnected), toast];
    for (const one of toasts.slice(0, -MOST)) if (!one.matches(":hover, :focus-within")) one.remove();
  };

  document.addEventListener("showToast", (event) => showToast(event.detail));
  document.addEventListener("click", (event) => {
    const toast = event.target.closest("[data-toast-close]")?.closest(".toast-note");
    if (toast) leave(toast);
  });

  const takeMessages = (from) => {
    for (const message of from.querySelectorAll("[data-message]")) {
      showToast({ text: message.textContent.trim(), level: message.dataset.message, undo: message.dataset.undo });
      message.remove();
    }
  };

  /* After an invalid form the focus moves to its summary, after a swapped-in form to its first field; once each. */
  const met = new WeakSet();
  const focusErrors = (from) => {
    const fresh = [...from.querySelectorAll("[data-focus]")].find((element) => !met.has(element));
    if (!fresh) return false;
    met.add(fresh);
    fresh.focus();
    return true;
  };

  // Its links also lead to groups of checkboxes, which a fragment alone doesn't focus.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a[href^='#']");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    const control = target.matches("input,select,textarea,button") ? target : $("input,select,textarea", target);
    (control ?? target).focus();
    (control ?? target).scrollIntoView({ block: "center" });
  });

  /* A form being submitted shows it on the button and can't be submitted twice. htmx handles its own. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.target === "_blank") return;
    if (form.matches("[hx-get],[hx-post],[hx-put],[hx-patch],[hx-delete]")) return;
    if (form.hasAttribute("aria-busy")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // The back button restores the page as it was left: reset it.
  addEventListener("pageshow", () => {
    for (const element of document.querySelectorAll("form[aria-busy], form .btn[aria-busy]")) element.removeAttribute("aria-busy");
  });

  /* data-copy="text" copies the text, data-copy="#id" the element's content. */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = button.dataset.copy;
    const element = source.startsWith("#") ? $(source) : null;
    await navigator.clipboard.writeText(element ? element.value ?? element.textContent.trim() : source);
    showToast({ text: button.dataset.copied || $("#toast-template").dataset.copied, level: "success" });
  });

  /* data-copy-now on what is swapped in: copied at once. A browser that does not allow it leaves the button beside it. */
  const copyNow = async (target) => {
    const element = target?.querySelector?.("[data-copy-now]");
    if (!element) return;
    element.removeAttribute("data-copy-now");
    try {
      await navigator.clipboard.writeText(element.textContent.trim());
      showToast({ text: element.dataset.copied, level: "success" });
    } catch {
      // The button is there.
    }
  };

  /* data-autosend on a control submits its form when the value changes. */
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-autosend]")) event.target.form?.requestSubmit();
  });

  /* Applies the theme at once, before the server stores it. */
  document.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "theme") return;
    const wanted = event.submitter.value;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.bsTheme = wanted === "auto" ? (dark ? "dark" : "light") : wanted;
  });

  /* Responses that must not replace a fragment (base.html, htmx-config) become a toast. A redirect to the login page
     means that the session has ended (static/js/session.js). */
  const failed = () => showToast({ text: $("#toast-template").dataset.failed, level: "danger" });

  const sessionEnded = () => (window.weniSession ? window.weniSession.check() : location.reload());

  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail.ctx.response.raw;
    if (!answer.redirected || !new URL(answer.url).pathname.startsWith(document.body.dataset.signIn)) return;
    event.preventDefault();
    sessionEnded();
  });

  /* Nobody triggered a fetch caused by a stream event: if it fails, it is repeated silently (static/js/live.js). */
  const unasked = (ctx) => Boolean(ctx.sourceElement?.getAttribute("hx-trigger")?.includes("live:"));

  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (unasked(ctx) && ctx.response.status >= 500) return;
    const status = ctx.response.status;
    // The token of the page's forms may be that of a session before.
    if (status === 403) window.weniSession?.check();
    const told = ctx.hx?.trigger?.includes("showToast");
    if (!told && (status >= 500 || [401, 403, 404].includes(status))) failed();
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx && !unasked(event.detail.ctx)) failed();
  });

  /* The status menu isn't replaced while it is open, but once it is closed. */
  document.addEventListener("htmx:before:request", (event) => {
    const element = event.detail.ctx.sourceElement;
    if (element?.id !== "agent-status" || !$(".show", element)) return;
    event.preventDefault();
    element.dataset.stale = "";
  });

  // Opened while the response was on its way.
  document.addEventListener("htmx:before:swap", (event) => {
    const element = event.detail.ctx.sourceElement;
    if (element?.id !== "agent-status" || !$(".show", element)) return;
    event.preventDefault();
    element.dataset.stale = "";
  });

  document.addEventListener("hidden.bs.dropdown", (event) => {
    const element = event.target.closest("#agent-status[data-stale]");
    if (element) window.htmx.trigger(element, "refresh");
  });

  const settle = (from) => {
    takeMessages(from);
    return focusErrors(from);
  };

  /* data-focus-then="#id" on the triggering element: where the focus goes after its response, except after errors. The
     element itself may be gone by then. */
  let then = "";
  document.addEventListener("htmx:after:request", (event) => {
    then = event.detail?.ctx?.sourceElement?.dataset?.focusThen ?? "";
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail?.ctx?.target ?? event.target;
    openFilled(target);
    copyNow(target);
    const next = then && $(then);
    if (settle(document) || !next) return;
    next.focus();
    then = "";
  });

  document.addEventListener("DOMContentLoaded", () => {
    raise();
    settle(document);
  });
  window.weni = { showToast, resubmit, sessionEnded };
})();
