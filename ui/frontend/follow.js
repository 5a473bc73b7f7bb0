// Follows a link to another page of ours within the visit, as the browser's own Back does, instead of loading everything anew.
// Without this script it is still a link.
if (!window.carburoamFollows) {
  window.carburoamFollows = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.cb-go, a.cb-over");
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    window.history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  });
}
