// Asks the browser where it is, when tapped, and hands the answer to the page.
const PLACES = 1000; // a thousandth of a degree, about 100 m: nobody needs to know the house

export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  button.querySelector("span").textContent = data.label;
  button.disabled = false;
  button.onclick = () => {
    if (!navigator.geolocation) {
      setTriggerValue("refused", 0);
      return;
    }
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        setTriggerValue("found", [
          Math.round(coords.latitude * PLACES) / PLACES,
          Math.round(coords.longitude * PLACES) / PLACES,
        ]);
      },
      ({ code }) => {
        button.disabled = false;
        setTriggerValue("refused", code);
      },
      { timeout: 10000, maximumAge: 60000 },
    );
  };
}
