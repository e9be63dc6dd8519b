/* Files of the message being written: selected, dropped or pasted; each is uploaded at once, with progress, and waits
   on the server for its message. They belong to the ticket in which they were added, whichever is open. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  /* Number of parallel uploads; and how long the server keeps unsent files, minus an hour. */
  const AT_ONCE = 2;
  const KEPT = 23 * 3600 * 1000;

  const form = () => desk.root.querySelector("form[data-composer]");
  const input = () => form()?.elements.namedItem("files");
  const tray = () => desk.part("files");
  const storeKey = (ticket) => `weni:files:${desk.me}:${ticket}`;
  const text = (name, values = {}) => desk.text(name).replace(/\{(\w+)\}/g, (_all, word) => values[word] ?? "");

  /* By ticket. An item: {key, ticket, name, size, type, file, url, state, progress, id, error}; its state is waiting,
     moving, ready or failed. */
  const all = new Map();
  const of = (ticket) => all.get(ticket) ?? [];
  let keys = 0;

  /* Another tab may have added files of its own: only those that went from here are gone. */
  const remember = (ticket, gone = []) => {
    const ready = of(ticket).filter((item) => item.state === "ready");
    const own = ready.map(({ id, name, size, type, at }) => ({ id, name, size, type, at }));
    const known = new Set([...own, ...gone].map(({ id }) => id));
    const rows = [...remembered(ticket).filter(({ id }) => !known.has(id)), ...own];
    try {
      if (rows.length) localStorage.setItem(storeKey(ticket), JSON.stringify(rows));
      else localStorage.removeItem(storeKey(ticket));
    } catch {
      // Full or blocked storage must not interfere with sending.
    }
  };

  const remembered = (ticket) => {
    try {
      const rows = JSON.parse(localStorage.getItem(storeKey(ticket)) || "[]");
      return rows.filter((row) => row.id && Date.now() - row.at < KEPT);
    } catch {
      return [];
    }
  };

  const item = (ticket, values) => ({ key: `f${++keys}`, ticket, state: "waiting", progress: 0, error: "", at: Date.now(), ...values });

  const readable = (bytes) => {
    const [unit, size] = bytes < 1024 ? ["byte", bytes] : bytes < 1024 ** 2 ? ["kilobyte", bytes / 1024] : ["megabyte", bytes / 1024 ** 2];
    return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: unit === "megabyte" ? 1 : 0 }).format(size);
  };

  /* Renders an item; the element is reused, so that no focus is lost. */
  const show = (one) => {
    let row = tray().querySelector(`[data-file="${one.key}"]`);
    if (!row) {
      row = desk.template("file").firstElementChild;
      row.dataset.file = one.key;
      const kind = ["image", "audio", "video"].find((word) => one.type.startsWith(`${word}/`)) ?? "other";
      for (const icon of row.querySelectorAll("[data-icon]")) icon.hidden = icon.dataset.icon !== kind;
      row.querySelector(".file__name").textContent = one.name;
      row.querySelector("progress").setAttribute("aria-label", text("FileProgress", one));
      row.querySelector("[data-do=file-remove]").setAttribute("aria-label", text("FileRemove", one));
      row.querySelector("[data-do=file-again]").setAttribute("aria-label", text("FileAgain", one));
      if (one.url) preview(row, one);
      tray().append(row);
    }
    row.dataset.state = one.state;
    row.querySelector(".file__state").textContent = one.error || readable(one.size);
    const bar = row.querySelector("progress");
    bar.hidden = !["waiting", "moving"].includes(one.state);
    bar.value = one.progress;
    row.querySelector("[data-do=file-again]").hidden = !(one.state === "failed" && one.file && one.again);
  };

  const preview = (row, one) => {
    const look = row.querySelector(".file__look");
    if (one.type.startsWith("image/")) {
      const image = document.createElement("img");
      image.alt = "";
      // Images that the browser can't display keep their icon.
      image.addEventListener("load", () => look.replaceChildren(image));
      image.src = one.url;
    } else if (one.type.startsWith("audio/")) {
      const player = document.createElement("audio");
      player.controls = true;
      player.src = one.url;
      player.setAttribute("aria-label", one.name);
      row.querySelector(".file__text").append(player);
    }
  };

  /* If the conversation is scrolled to its end, it stays there while the composer grows. */
  desk.keepEnd = (work) => {
    const lines = desk.part("lines");
    const atEnd = lines && lines.scrollHeight - lines.scrollTop - lines.clientHeight < 8;
    work();
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  };

  const render = () => tray() && desk.keepEnd(() => {
    const items = of(desk.openId());
    const keysShown = new Set(items.map((one) => one.key));
    for (const row of tray().querySelectorAll("[data-file]")) if (!keysShown.has(row.dataset.file)) row.remove();
    items.forEach(show);
  });

  const change = (one, values) => {
    Object.assign(one, values);
    if (one.state === "ready" || one.state === "failed") remember(one.ticket, one.state === "failed" ? [one] : []);
    if (one.ticket === desk.openId() && of(one.ticket).includes(one)) render();
    settle();
  };

  /* Uploading. */
  const moving = new Set();
  const waiting = () => [...all.values()].flat().filter((one) => one.state === "waiting");

  const move = () => {
    for (const one of waiting()) {
      if (moving.size >= AT_ONCE) return;
      send(one);
    }
  };

  const posted = (url) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-Requested-With", "desk");
    request.setRequestHeader("X-CSRFToken", desk.root.querySelector("[name=csrfmiddlewaretoken]").value);
    return request;
  };

  const send = (one) => {
    const body = new FormData();
    body.append("file", one.file, one.name);
    const request = posted(desk.ticketUrl(one.ticket, "uploads/"));
    one.request = request;
    moving.add(one);
    one.state = "moving";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) change(one, { progress: Math.round((event.loaded / event.total) * 100) });
    });
    request.addEventListener("loadend", () => {
      moving.delete(one);
      one.request = null;
      if (one.state === "moving") change(one, outcome(request));
      if (one.state === "ready" && one.ticket === desk.openId()) desk.say(text("FileAdded", one));
      move();
    });
    request.send(body);
    change(one, {});
  };

  const outcome = (request) => {
    if (request.status === 201) {
      const { id, name, size, type } = JSON.parse(request.responseText);
      return { state: "ready", id, name, size, type, at: Date.now(), progress: 100 };
    }
    return refused(request);
  };

  const refused = (request) => {
    if (!request.status) return { state: "failed", error: desk.text("Offline"), again: true };
    const template = document.createElement("template");
    template.innerHTML = request.status < 500 ? request.responseText : "";
    const said = template.content.querySelector("[data-refusal]")?.textContent.trim();
    return { state: "failed", error: said || desk.text("FileFailed"), again: !said };
  };

  /* Adding. */
  const writable = () => Boolean(desk.composer());

  /* The limit of a file's kind, in bytes, and the sentence that names it. */
  const limitOf = ({ type }, { mostBytes, mostPicture, mostMedia }) => {
    const picture = type === "image/jpeg" || type === "image/png";
    const most = Number(picture ? mostPicture : /^(audio|video)\//.test(type) ? mostMedia : mostBytes);
    return [most, most === Number(mostBytes) ? "FileLarge" : picture ? "PictureLarge" : "MediaLarge"];
  };

  const fault = (file) => {
    if (!file.size) return desk.text("FileEmpty");
    const [most, words] = limitOf(file, limits);
    return file.size > most ? text(words, { limit: Math.floor(most / 1024 / 1024) }) : "";
  };

  /* Limits from the last form: a recording may end after its ticket was left. */
  let limits = {};

  const add = (files, ticket = desk.openId()) => {
    limits = { ...limits, ...form()?.dataset };
    const { mostFiles } = limits;
    const items = of(ticket);
    const room = Math.max(0, Number(mostFiles) - items.length);
    if (files.length > room) desk.toast(text("FilesMany", { limit: mostFiles }), "danger");
    const fresh = files.slice(0, room).map((file) => {
      const error = fault(file);
      const url = error ? "" : URL.createObjectURL(file);
      return item(ticket, { name: file.name, size: file.size, type: file.type, file, url, error, state: error ? "failed" : "waiting" });
    });
    all.set(ticket, [...items, ...fresh]);
    render();
    const said = fresh.filter((one) => one.error).map((one) => `${one.name}: ${one.error}`);
    if (said.length) desk.say(said.join(" "));
    move();
  };

  /* Files of a quick message: the server copies what it has; they wait here until it has done so, all or none. */
  const addQuick = async (quick, shortcut, files, ticket = desk.openId()) => {
    limits = { ...limits, ...form()?.dataset };
    const { mostFiles } = limits;
    const items = of(ticket);
    if (items.length + files.length > Number(mostFiles)) {
      desk.toast(text("QuickFilesMany", { shortcut, limit: mostFiles }), "danger");
      return;
    }
    const fresh = files.map((file) => item(ticket, { ...file, state: "moving" }));
    all.set(ticket, [...items, ...fresh]);
    render();
    const answer = await copied(ticket, quick);
    for (const [place, one] of fresh.entries()) {
      const values = answer.files?.[place] ? { ...answer.files[place], state: "ready", at: Date.now(), progress: 100 } : answer;
      if (of(ticket).includes(one)) change(one, values);
      else if (values.id) desk.post(desk.ticketUrl(ticket, `uploads/${values.id}/remove/`));
    }
    if (answer.files && ticket === desk.openId()) desk.say(text("QuickFilesAdded", { shortcut }));
    else if (answer.error) desk.say(answer.error);
  };

  const copied = (ticket, quick) => new Promise((done) => {
    const request = posted(desk.ticketUrl(ticket, `quick/${quick}/files/`));
    request.addEventListener("loadend", () => done(request.status === 201 ? JSON.parse(request.responseText) : refused(request)));
    request.send();
  });

  const drop = (ones) => {
    for (const one of ones) {
      one.request?.abort();
      if (one.url) URL.revokeObjectURL(one.url);
    }
    for (const [ticket, items] of all) all.set(ticket, items.filter((one) => !ones.includes(one)));
    for (const ticket of new Set(ones.map((one) => one.ticket))) remember(ticket, ones);
    render();
    settle();
  };

  const find = (button) => of(desk.openId()).find((one) => one.key === button.closest("[data-file]").dataset.file);

  desk.acts["file-remove"] = (button) => {
    const one = find(button);
    const row = button.closest("[data-file]");
    const near = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("[data-do=file-remove]");
    one.state = one.state === "moving" ? "removed" : one.state;
    drop([one]);
    if (one.id) desk.post(desk.ticketUrl(one.ticket, `uploads/${one.id}/remove/`));
    desk.say(text("FileRemoved", one));
    (near ?? desk.composer())?.focus({ preventScroll: true });
  };

  desk.acts["file-again"] = (button) => {
    change(find(button), { state: "waiting", error: "", progress: 0, id: undefined });
    move();
    desk.focusComposer();
  };

  /* For the composer: waits for all uploads, then returns whether all succeeded. */
  let waiters = [];
  const busy = (ticket) => of(ticket).some((one) => one.state === "waiting" || one.state === "moving");
  const settle = () => {
    waiters = waiters.filter(({ ticket, done }) => {
      if (!busy(ticket)) done(of(ticket).every((one) => one.state === "ready"));
      return busy(ticket);
    });
  };

  desk.files = {
    add,
    addQuick,
    any: (ticket) => of(ticket).length > 0,
    ids: (ticket) => of(ticket).filter((one) => one.state === "ready").map((one) => one.id),
    settled: (ticket) => new Promise((done) => {
      waiters.push({ ticket, done });
      settle();
    }),
    sent: (ticket, ids) => drop(of(ticket).filter((one) => ids.includes(one.id))),
    gone: (ticket, ids) => {
      for (const one of of(ticket).filter((other) => ids.includes(other.id))) change(one, { state: "failed", again: true, error: desk.text("FileGone") });
    },
  };

  /* Files on the server from earlier, or returned with an invalid form. */
  const restoreDraft = desk.restoreDraft;
  desk.restoreDraft = () => {
    restoreDraft();
    const ticket = desk.openId();
    if (!tray()) return;
    limits = { ...limits, ...form()?.dataset };
    const back = [...tray().querySelectorAll("[data-draft-upload]")].map((row) => {
      row.remove();
      return { id: row.dataset.draftUpload, name: row.dataset.name, size: Number(row.dataset.size), type: row.dataset.type, at: Date.now() };
    });
    if (!all.has(ticket)) all.set(ticket, [...remembered(ticket), ...back].map((row) => item(ticket, { ...row, state: "ready", progress: 100 })));
    render();
  };

  /* Selected with the button. */
  desk.root.addEventListener("change", (event) => {
    if (event.target !== input()) return;
    const files = [...event.target.files];
    event.target.value = "";
    if (!files.length) return;
    add(files);
    desk.focusComposer();
  });

  /* Pasted. A file manager gives the files and, as text, their names: the files are meant. An office program gives the
     text and a picture of it: the text is. */
  const basename = (line) => {
    const name = line.trim().split(/[\\/]/).pop();
    try {
      return decodeURIComponent(name);
    } catch {
      return name;
    }
  };

  const meansFiles = (data, files) => {
    const text = data.getData("text/plain").trim();
    if (!text || files.some((file) => !file.type.startsWith("image/"))) return true;
    const names = new Set(files.map((file) => file.name));
    return text.split(/[\r\n]+/).every((line) => names.has(basename(line)));
  };

  desk.root.addEventListener("paste", (event) => {
    if (!event.target.matches?.("form[data-composer] textarea")) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !meansFiles(event.clipboardData, files)) return;
    event.preventDefault();
    add(files);
  });

  /* Dropped onto the conversation. Elsewhere a drop does nothing, so that the browser doesn't leave the page. */
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const pane = (event) => event.target.closest?.("[data-part=conversation]");
  const mark = (wanted) => desk.part("conversation")?.classList.toggle("desk__conversation--drop", wanted);

  desk.root.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const here = Boolean(pane(event)) && writable();
    event.dataTransfer.dropEffect = here ? "copy" : "none";
    mark(here);
  });

  desk.root.addEventListener("dragleave", (event) => {
    if (!desk.part("conversation")?.contains(event.relatedTarget)) mark(false);
  });

  desk.root.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    mark(false);
    if (!pane(event) || !writable()) return;
    const items = [...event.dataTransfer.items].filter((one) => one.kind === "file");
    const folders = items.filter((one) => one.webkitGetAsEntry?.()?.isDirectory);
    const files = items.filter((one) => !folders.includes(one)).map((one) => one.getAsFile()).filter(Boolean);
    if (folders.length) desk.toast(desk.text("FileFolder"), "danger");
    if (files.length) add(files);
    desk.focusComposer();
  });

  addEventListener("beforeunload", (event) => {
    if ([...all.keys()].some(busy)) event.preventDefault();
  });
})();
