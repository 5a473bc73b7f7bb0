// Streamlit and the map library name parts of theirs in English alone: for those who listen, in the reader's language.
if (!window.carburoamNames) {
  window.carburoamNames = true;
  const named = (each, attribute) => {
    const now = each.getAttribute(attribute), known = (each.carburoamNamed ??= {})[attribute];
    // What is no longer ours is a new name of theirs: a button that shows a password then hides it.
    const theirs = known && known.ours === now ? known.theirs : now;
    const [, part, rest] = /^([^:]+)(: .*)?$/s.exec(theirs ?? "") ?? [];
    const words = part && window.carburoamParts[part];
    if (!words) return;
    const ours = words + (rest ?? "");
    each.carburoamNamed[attribute] = { theirs, ours };
    if (now !== ours) each.setAttribute(attribute, ours);
  };
  const rename = () => {
    document.querySelectorAll("[title]").forEach((each) => named(each, "title"));
    document.querySelectorAll("[aria-label]").forEach((each) => named(each, "aria-label"));
    const skip = document.querySelector('a[href="#stMain"]')?.firstChild, words = window.carburoamParts["Skip to main content"];
    if (skip && skip.data !== words) skip.data = words;
  };
  let waits = false;
  new MutationObserver(() => {
    if (waits) return;
    waits = true;
    setTimeout(() => { waits = false; rename(); }, 200);
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["title", "aria-label"] });
}
