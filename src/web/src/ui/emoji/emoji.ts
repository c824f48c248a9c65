/** The emoji that customer service uses: a few dozen of three thousand. */
export const EMOJI: Record<string, readonly string[]> = {
  faces: [..."😀😃😄😁😆😅😂🙂😉😊😇🥰😍😘😋😎🤩🥳🤗🤔😐😬🙄😌😴😢😭😤😡😱🤯😳🥺"],
  hands: [..."👍👎👌🙏👏🙌🤝💪👋🤞👉👈👆👇🫶"].concat(["✌️", "☝️"]),
  hearts: [..."💛💚💙💜🧡🖤💔💯✨🔥🎉🎁🏆"].concat(["❤️", "⭐️"]),
  things: [..."📦🚚🛒💳💰🧾📄📎📷📱💻🔑🏠🚗📍📅⏰📞"].concat(["✉️"]),
  signs: [..."✅❌❓❗🔴🟢🟡🔵🆗🔔🔒"].concat(["⚠️", "➡️", "⬅️", "ℹ️"]),
};
