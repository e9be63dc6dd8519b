/* What is wrong with the element that has the focus, or "": nobody sees that it has it. */
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return "nothing has the focus";
  const name = `${element.tagName} ${(element.innerText || element.ariaLabel || element.outerHTML).trim().slice(0, 90)}`;
  // Within a field of several parts the browser marks the part.
  if (!element.matches(":focus-visible, [type=date], [type=time], [type=datetime-local]")) return `${name} is not shown to have the focus`;
  const box = element.getBoundingClientRect();
  if (box.width < 1 || box.height < 1) return `${name} has no size`;
  if (box.right <= 0 || box.left >= innerWidth || box.bottom <= 0 || box.top >= innerHeight) return `${name} is out of sight`;
  const within = (value, most) => Math.min(most - 1, Math.max(0, value));
  const seen = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]].some(([x, y]) => {
    const there = document.elementFromPoint(within(box.left + box.width * x, innerWidth), within(box.top + box.height * y, innerHeight));
    return there && (element.contains(there) || there.contains(element) || there.closest("label")?.control === element);
  });
  return seen ? "" : `${name} is covered`;
}
